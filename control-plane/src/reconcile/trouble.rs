//! Why a stream is not as asked for, and what follows: its phase, the words for its consumer, and when to try again. Pure.

use std::time::Duration;

use fanner_model::{Phase, StreamStatus};

use super::Failure;

/// What is in the way of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Trying to do this, with this service, failed.
    Failed { doing: String, service: &'static str, failure: Failure },
    /// The name of the stream's reader role is taken.
    ForeignRole { name: String },
    /// A reader role is asked for, and this control plane makes none.
    UnboundedRole,
}

/// The pauses of a reconciler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pauses {
    /// Between looks at a stream that is as asked for, or that needs somebody to act.
    pub(super) resync: Duration,
    /// A share of a pause, from 0 to 1, by which many streams that wait spread.
    pub(super) jitter: f64,
}

impl Trouble {
    pub(super) fn with_kinesis(doing: String, failure: Failure) -> Self {
        Self::Failed { doing, service: "Kinesis", failure }
    }

    pub(super) fn with_iam(doing: String, failure: Failure) -> Self {
        Self::Failed { doing, service: "IAM", failure }
    }

    /// The phase that follows: what passes by itself changes nothing.
    pub(super) fn phase(&self, old: &StreamStatus) -> Phase {
        let passes = match self {
            Self::ForeignRole { .. } => false,
            Self::UnboundedRole => true,
            Self::Failed { failure, .. } => match failure {
                Failure::Absent | Failure::Busy | Failure::Throttled | Failure::Unreachable { .. } => true,
                Failure::Quota { .. } | Failure::Denied { .. } | Failure::Invalid { .. } => false,
            },
        };
        match old.phase {
            phase @ (Phase::Missing | Phase::Deleting) => phase,
            phase if passes => phase,
            _ => Phase::Failed,
        }
    }

    /// What is in the way, in words for the consumer; `None`: nothing that is worth a word.
    pub(super) fn reason(&self) -> Option<String> {
        let (doing, service, failure) = match self {
            Self::ForeignRole { name } => {
                return Some(format!(
                    "IAM has a role `{name}` that fanner did not make, so it stays as it is; delete it, or leave `reader_role` out"
                ));
            }
            Self::UnboundedRole => {
                return Some(
                    "this control plane was started without `--reader-role-boundary`, so the reader role stays as it is; the \
                     platform team can start it with one"
                        .into(),
                );
            }
            Self::Failed { doing, service, failure } => (doing, service, failure),
        };
        match failure {
            Failure::Absent | Failure::Busy => None,
            Failure::Throttled => Some(format!("AWS takes no more calls right now; trying again to {doing}")),
            Failure::Unreachable { .. } => {
                Some(format!("{service} does not answer right now; trying again to {doing}"))
            }
            Failure::Quota { limit } => Some(format!(
                "there is no room to {doing}: the AWS account has reached its limit of {limit}; the platform team can have it raised"
            )),
            Failure::Denied { permission } => Some(format!(
                "the control plane may not {doing}: its AWS role lacks the permission `{permission}`; the platform team can grant it"
            )),
            Failure::Invalid { message } => Some(format!("AWS refuses to {doing}: {message}")),
        }
    }

    /// How long to wait before trying again, after that many attempts.
    pub(super) fn pause(&self, attempts: u32, pauses: Pauses) -> Duration {
        match self {
            Self::ForeignRole { .. } | Self::UnboundedRole => pauses.resync,
            Self::Failed { failure, .. } => match failure {
                Failure::Absent | Failure::Busy => soon(attempts),
                Failure::Throttled | Failure::Unreachable { .. } => {
                    let whole = Duration::from_millis(200).saturating_mul(1 << attempts.min(8));
                    whole.min(Duration::from_secs(30)).mul_f64(0.5 + pauses.jitter / 2.0)
                }
                Failure::Quota { .. } | Failure::Denied { .. } | Failure::Invalid { .. } => pauses.resync,
            },
        }
    }
}

/// From 100 ms to a second, longer each time.
pub(super) fn soon(attempts: u32) -> Duration {
    Duration::from_millis(100).saturating_mul(attempts.saturating_add(1)).min(Duration::from_secs(1))
}
