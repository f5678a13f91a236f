//! What is known about a team, as far as access depends on it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Classification, TeamName, Training, limit};

/// A team that somebody described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    pub name: TeamName,
    /// Which version of the description this is: 1 at first, raised by every change. It is the team's ETag.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub spec: TeamSpec,
}

/// How a team is described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamSpec {
    #[serde(default, deserialize_with = "limit::description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The most careful events that the team can be trusted with; left out, `internal`.
    #[serde(default = "internal")]
    pub clearance: Classification,
    /// The trainings that the team has had, each with the moment from which it no longer counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trainings: BTreeMap<Training, Timestamp>,
    /// A team that is off-boarded (`false`) receives nothing, not even its own events.
    #[serde(default = "active")]
    pub active: bool,
}

/// A team nobody described: an active one without trainings.
impl Default for TeamSpec {
    fn default() -> Self {
        Self { description: None, clearance: internal(), trainings: BTreeMap::new(), active: active() }
    }
}

fn internal() -> Classification {
    Classification::Internal
}

fn active() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_description_is_that_of_a_team_nobody_described() {
        assert_eq!(serde_json::from_str::<TeamSpec>("{}").unwrap(), TeamSpec::default());
        assert!(TeamSpec::default().active);
    }
}
