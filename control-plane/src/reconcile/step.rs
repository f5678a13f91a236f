//! One change in Kinesis.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{KmsKey, RetentionHours, RoleArn, ShardCount, StreamId};

use super::ladder::ladder;

/// A change that one call to Kinesis makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// With our tag, by which it is known to be ours. Without shards, on-demand.
    Create {
        id: StreamId,
        shards: Option<ShardCount>,
        tags: BTreeMap<String, String>,
    },
    SetOnDemand,
    SetProvisioned,
    /// `next` is as far as Kinesis goes at once on the way to `to`.
    SetShards {
        from: i32,
        next: i32,
        to: i32,
    },
    RaiseRetention {
        to: RetentionHours,
    },
    LowerRetention {
        to: RetentionHours,
    },
    Encrypt {
        key: KmsKey,
    },
    Decrypt {
        key: String,
    },
    Tag {
        tags: BTreeMap<String, String>,
    },
    Untag {
        keys: BTreeSet<String>,
    },
    /// Lets these read, and nobody else.
    LetRead {
        readers: BTreeSet<RoleArn>,
    },
    /// Lets nobody read by the stream's own policy.
    LetNobodyRead,
    Delete,
}

impl Step {
    /// Whether Kinesis takes further steps only after some time.
    pub(crate) fn takes_time(&self) -> bool {
        match self {
            Self::Create { .. }
            | Self::SetOnDemand
            | Self::SetProvisioned
            | Self::SetShards { .. }
            | Self::RaiseRetention { .. }
            | Self::LowerRetention { .. }
            | Self::Encrypt { .. }
            | Self::Decrypt { .. }
            | Self::Delete => true,
            Self::Tag { .. } | Self::Untag { .. } | Self::LetRead { .. } | Self::LetNobodyRead => false,
        }
    }

    /// What kind of step it is, for metrics and logs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::SetOnDemand => "set_on_demand",
            Self::SetProvisioned => "set_provisioned",
            Self::SetShards { .. } => "set_shards",
            Self::RaiseRetention { .. } => "raise_retention",
            Self::LowerRetention { .. } => "lower_retention",
            Self::Encrypt { .. } => "encrypt",
            Self::Decrypt { .. } => "decrypt",
            Self::Tag { .. } => "tag",
            Self::Untag { .. } => "untag",
            Self::LetRead { .. } => "let_read",
            Self::LetNobodyRead => "let_nobody_read",
            Self::Delete => "delete",
        }
    }

    /// The step in words, as it continues "the stream cannot …" and as a plan lists it.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Create { shards: None, .. } => "create the stream on-demand".into(),
            Self::Create { shards: Some(shards), .. } => {
                format!("create the stream with {}", count(shards.get(), "shard"))
            }
            Self::SetOnDemand => "switch to on-demand".into(),
            Self::SetProvisioned => "switch to provisioned".into(),
            Self::SetShards { from, to, .. } => {
                let verb = if from < to { "raise" } else { "lower" };
                let counts: Vec<_> = ladder(*from, *to).iter().map(i32::to_string).collect();
                format!("{verb} shards from {from} to {}", counts.join(", then to "))
            }
            Self::RaiseRetention { to } => format!("raise retention to {to} hours"),
            Self::LowerRetention { to } => format!("lower retention to {to} hours, which drops older records"),
            Self::Encrypt { key } => format!("encrypt records with `{key}`"),
            Self::Decrypt { key } => format!("stop encrypting records with `{key}`"),
            Self::Tag { tags } => format!("set {}", listed("tag", tags.keys())),
            Self::Untag { keys } => format!("remove {}", listed("tag", keys)),
            Self::LetRead { readers } => format!("let only {} read", listed("role", readers)),
            Self::LetNobodyRead => "let no other role read".into(),
            Self::Delete => "delete the stream".into(),
        }
    }
}

fn count(number: i32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

pub(super) fn listed(noun: &str, items: impl IntoIterator<Item: std::fmt::Display>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| format!("`{item}`")).collect();
    format!("{noun}{} {}", if items.len() == 1 { "" } else { "s" }, items.join(", "))
}
