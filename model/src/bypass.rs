//! Who can read the Global Event Stream without the fanner, and which of them security knows about.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arn, BreakGlassId, CallerId, limit};

/// The answer to "who reads around the fanner", from what the account said of itself at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BypassReport {
    /// The ARN of the Global Event Stream.
    pub stream: Arn,
    pub taken_at: Timestamp,
    pub conclusion: Conclusion,
    /// Everybody and everything with a way to the records, those who need attention first.
    pub readers: Vec<GesReader>,
    /// What could not be read, so that others may have a way, too.
    pub unread: Vec<Unread>,
}

/// What a report comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Conclusion {
    /// Somebody has a way around the fanner whom nobody acknowledged.
    Bypassed,
    /// Nobody was found, but not everything could be read.
    Unknown,
    /// Everything was read, and nobody has a way but the fanner and those who were acknowledged.
    Clean,
}

/// Somebody or something that reads, or could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GesReader {
    /// An ARN, the number of a foreign account, the name of a service, or `*` for everybody.
    pub who: String,
    #[serde(flatten)]
    pub verdict: GesVerdict,
    /// What lets them.
    pub edges: BTreeSet<Edge>,
}

/// What is said about a reader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum GesVerdict {
    /// It has a way around the fanner.
    Bypass,
    /// It can pass one of the two locks, the stream and its key, but not the other.
    OneLock,
    /// Security acknowledged it.
    BreakGlass { id: BreakGlassId, reason: String, until: Timestamp },
    /// It is the path that is meant.
    Fanner,
}

/// One permission that is, or leads to, a way to the records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Edge {
    pub lock: Lock,
    pub reach: Reach,
    /// What is allowed, such as `kinesis:GetRecords`.
    pub action: String,
    /// What it is allowed on: an ARN, or the beginning of some and `*`.
    pub resource: String,
    /// What that comes to, as the end of a sentence about the reader: "reads the records".
    pub effect: String,
    /// Where it is written: each of these allows it, so each must go.
    pub by: BTreeSet<Allowance>,
}

/// A statement that allows something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Allowance {
    /// The policy, in words, such as "inline policy `debug`".
    pub policy: String,
    /// The statement's `Sid`, or its number counted from 1.
    pub statement: String,
    /// Conditions under which it does, of which the account's descriptions do not tell whether they are met.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub only_if: BTreeSet<String>,
}

/// What stands between somebody and the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Lock {
    /// The permission to read the stream.
    Stream,
    /// The permission to decrypt, if the stream is encrypted with a key of the account's own.
    Key,
    /// Both at once: who becomes the fanner, or writes its own policies, has everything.
    Both,
}

/// How far somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Reach {
    /// The lock is open.
    Open,
    /// It can open the lock.
    CanOpen,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unread {
    /// What, such as "the key policy of `arn:…`".
    pub what: String,
    /// Why, and what would help.
    pub why: String,
}

/// Security knows that somebody has a way around the fanner, and why, until an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BreakGlass {
    pub id: BreakGlassId,
    pub created_by: CallerId,
    pub created_at: Timestamp,
    pub spec: BreakGlassSpec,
}

/// What security acknowledges. It is never changed, only taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BreakGlassSpec {
    /// Who: the identity, or the function, delivery stream or consumer.
    pub arn: Arn,
    /// Why, in the words that an auditor will read.
    #[serde(deserialize_with = "limit::reason")]
    pub reason: String,
    /// From this moment on it is a bypass again.
    pub expires_at: Timestamp,
}

impl BreakGlass {
    /// Whether it still counts at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.spec.expires_at
    }
}

impl BypassReport {
    /// The same report, with what was acknowledged taken into account.
    pub fn acknowledged(mut self, live: &[BreakGlass]) -> Self {
        for reader in &mut self.readers {
            let known = live.iter().find(|known| known.spec.arn.as_str() == reader.who);
            if let (GesVerdict::Bypass | GesVerdict::OneLock, Some(known)) = (&reader.verdict, known) {
                let BreakGlassSpec { arn: _, reason, expires_at } = known.spec.clone();
                reader.verdict = GesVerdict::BreakGlass { id: known.id, reason, until: expires_at };
            }
        }
        self.readers.sort_by(|one, other| (&one.verdict, &one.who).cmp(&(&other.verdict, &other.who)));
        self.conclusion = Conclusion::of(&self.readers, &self.unread);
        self
    }
}

impl Conclusion {
    /// What these readers, and what was not read, come to.
    pub fn of(readers: &[GesReader], unread: &[Unread]) -> Self {
        match readers.iter().any(|reader| reader.verdict == GesVerdict::Bypass) {
            true => Self::Bypassed,
            false if unread.is_empty() => Self::Clean,
            false => Self::Unknown,
        }
    }
}
