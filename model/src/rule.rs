//! The compiled table that the data plane obeys: which stream gets which events, and until when.
//! What is not in it is not delivered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Classification, EventName, FieldPath, Format, GrantId, PartitionBy, StreamId, StreamName};

/// Everything that may be delivered, as of one revision. Always the whole table, so that following it costs the same
/// whatever changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleSet {
    pub revision: Revision,
    pub destinations: BTreeMap<StreamName, Destination>,
}

/// How one consumer's stream is fed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Destination {
    /// Which incarnation of the stream this is about.
    pub id: StreamId,
    #[serde(default)]
    pub format: Format,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<PartitionBy>,
    /// The events that it gets: the union of its subscriptions.
    pub events: BTreeMap<EventName, Route>,
}

/// Under what conditions an event goes to a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Route {
    /// How carefully the event must be handled: it says how long the rule holds without being confirmed.
    #[serde(default)]
    pub classification: Classification,
    /// In order of preference, least masked first; each lasts longer than all before it.
    pub permits: Vec<Permit>,
}

/// A permission to deliver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Permit {
    /// From this moment on it permits nothing, by the fanner's own clock; `None`: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// The fields of the payload that are masked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mask: BTreeSet<FieldPath>,
    /// The grant that it rests on; `None`: it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
}

impl Route {
    /// The permission that counts at `now`; `None`: nothing may be delivered.
    pub fn permit(&self, now: Timestamp) -> Option<&Permit> {
        self.permits.iter().find(|permit| permit.is_open(now))
    }
}

impl Permit {
    /// Whether it permits anything at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }

    /// Whether it lasts longer than `other`.
    pub fn outlasts(&self, other: &Self) -> bool {
        match (self.not_after, other.not_after) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(own), Some(other)) => other < own,
        }
    }
}

/// A rule set as it travels: whoever has the key knows that nobody altered it, and as of when it was the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedRules {
    /// The `RuleSet`, a JSON document, exactly as it was signed.
    pub rules: String,
    /// A signed note as in C2SP's signed-note: `fanner/rules`, when these were the newest rules, the SHA-256 of `rules` in
    /// base64, and the signature.
    pub note: String,
    /// The key with which the control plane signs now, as C2SP's signed-note writes it. It is for finding one's way: who
    /// obeys uses the key that somebody gave to them.
    pub key: String,
}

impl Classification {
    /// How long a fanner may deliver events of this classification without hearing that its rules are still the newest;
    /// `None`: as long as it likes.
    pub fn longest_unconfirmed(self) -> Option<SignedDuration> {
        match self {
            Self::Public => None,
            Self::Internal => Some(SignedDuration::from_hours(72)),
            Self::Confidential => Some(SignedDuration::from_hours(24)),
            Self::Restricted => Some(SignedDuration::from_hours(4)),
        }
    }
}

/// The number of a rule set. It only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
