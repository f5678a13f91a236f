//! What changes for whom if other policies take over, asked before they do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{EventName, FieldPath, PolicyName, StreamName, TeamName};

/// A change of the policies that somebody considers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyChange {
    /// The texts of documents that would be put in force, in place of those of their names.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, String>))]
    pub put: BTreeMap<PolicyName, String>,
    /// The documents that would be taken out of force.
    #[serde(default)]
    pub remove: BTreeSet<PolicyName>,
}

/// What would come of it. Nothing has been done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyImpact {
    pub direction: Direction,
    /// Each stream that would receive more of an event than now, or less.
    pub differences: Vec<Difference>,
    /// The policies that decide nothing that is asked for, by `@id`, whatever event types, teams and grants were like.
    pub never_matching: BTreeSet<String>,
}

/// Whether access becomes wider or tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Direction {
    Nothing,
    Widening,
    Tightening,
    Both,
}

/// What a stream would gain or lose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    pub effect: Effect,
    pub team: TeamName,
    pub stream: StreamName,
    pub event: EventName,
    /// The fields that it is about; empty: the whole event.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<FieldPath>,
    /// The policies that make the difference, by `@id`.
    pub because: BTreeSet<String>,
}

/// What happens to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Effect {
    Gains,
    Loses,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Widening => "widening",
            Self::Tightening => "tightening",
            Self::Both => "both",
        })
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gains => "gains",
            Self::Loses => "loses",
        })
    }
}
