//! Whether the server enforces AWS's limits, and what they are.

use std::time::Duration;

use super::clock::Millis;

/// Which of AWS's limits are enforced. Sizes of requests and records, and the steps of
/// `UpdateShardCount`, always are: they belong to the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// As fast as the machine can, and as many streams as fit on its disk.
    #[default]
    Off,
    /// The rates of a shard (1,000 records and 1 MiB a second in, 5 reads and 2 MiB a second out), and with
    /// them the quotas of an account and the changes of a stream allowed per day.
    PerShard,
}

impl Limits {
    /// Open shards in the account.
    pub(crate) fn shards(self) -> usize {
        match self {
            Limits::Off => 1_000_000,
            Limits::PerShard => 20_000,
        }
    }

    /// On-demand streams in the account.
    pub(crate) fn on_demand_streams(self) -> usize {
        match self {
            Limits::Off => 1_000_000,
            Limits::PerShard => 50,
        }
    }

    /// Streams being created at the same time.
    pub(crate) fn creating_streams(self) -> usize {
        match self {
            Limits::Off => usize::MAX,
            Limits::PerShard => 5,
        }
    }

    /// Calls of `UpdateShardCount` for one stream in 24 hours.
    pub(crate) fn daily_reshards(self) -> usize {
        match self {
            Limits::Off => usize::MAX,
            Limits::PerShard => 10,
        }
    }

    /// Calls of `UpdateStreamMode` for one stream in 24 hours.
    pub(crate) fn daily_mode_changes(self) -> usize {
        match self {
            Limits::Off => usize::MAX,
            Limits::PerShard => 2,
        }
    }
}

/// What a change of a stream happens under: pure functions get it instead of a clock and options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions {
    pub(crate) now: Millis,
    /// How long a stream is `CREATING`, `UPDATING` or `DELETING`.
    pub(crate) transition: Duration,
    pub(crate) limits: Limits,
}

impl Conditions {
    /// When a change that begins now is complete.
    pub(crate) fn settled_at(&self) -> Millis {
        self.now.plus(self.transition)
    }
}
