//! What producers send: declared once, owned by a team, classified.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventName, FieldPath, Purpose, Tags, TeamName, limit};

/// A declared kind of event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventType {
    pub name: EventName,
    /// The owner.
    pub team: TeamName,
    /// Which version of the declaration this is: 1 at first, raised by every change.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub spec: EventTypeSpec,
}

/// What an owner asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventTypeSpec {
    /// The owner; left out, the caller's team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    #[serde(default, deserialize_with = "limit::description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How carefully the event must be handled; left out, as carefully as possible.
    #[serde(default)]
    pub classification: Classification,
    /// What the event may be used for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<Purpose>,
    /// The fields of the payload that need care, such as `member.email`; masks name them.
    #[serde(default, deserialize_with = "limit::fields", skip_serializing_if = "BTreeSet::is_empty")]
    pub sensitive_fields: BTreeSet<FieldPath>,
    /// Whether the event is on its way out: who has it keeps it, nobody new gets it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// How carefully an event must be handled, from least to most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Classification {
    Public,
    Internal,
    Confidential,
    #[default]
    Restricted,
}

impl Classification {
    /// Every classification, from least to most careful.
    pub const ALL: [Self; 4] = [Self::Public, Self::Internal, Self::Confidential, Self::Restricted];
}

impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Restricted => "restricted",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_type_without_a_classification_is_restricted() {
        let spec: EventTypeSpec = serde_json::from_str("{}").unwrap();
        assert_eq!(spec.classification, Classification::Restricted);
    }

    #[test]
    fn classifications_print_as_they_are_written_in_json() {
        for classification in Classification::ALL {
            assert_eq!(serde_json::to_string(&classification).unwrap(), format!("\"{classification}\""));
        }
    }
}
