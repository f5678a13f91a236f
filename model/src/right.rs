//! What somebody has because it was given to them, whichever way: what a reviewer looks at.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CallerId, Events, FieldPath, Grant, GrantId, Permission, PermissionId, Purpose, StreamName, TeamName};

/// A grant or a standing permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Right {
    pub id: RightId,
    /// Who has it.
    pub team: TeamName,
    /// The stream that has it; left out: every stream of the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
    pub events: Events,
    /// What it is for; a standing permission is for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mask: BTreeSet<FieldPath>,
    pub given_by: BTreeSet<CallerId>,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// Which right it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RightId {
    Grant(GrantId),
    Permission(PermissionId),
}

impl From<&Grant> for Right {
    fn from(grant: &Grant) -> Self {
        Self {
            id: RightId::Grant(grant.id),
            team: grant.team.clone(),
            stream: Some(grant.stream.clone()),
            events: Events::Event(grant.event.clone()),
            purpose: Some(grant.purpose.clone()),
            mask: grant.masked().cloned().collect(),
            given_by: grant.approvals.iter().map(|approved| approved.by.clone()).collect(),
            since: grant.granted_at,
            until: grant.until,
        }
    }
}

impl From<&Permission> for Right {
    fn from(permission: &Permission) -> Self {
        Self {
            id: RightId::Permission(permission.id),
            team: permission.spec.team.clone(),
            stream: None,
            events: permission.spec.events.clone(),
            purpose: None,
            mask: BTreeSet::new(),
            given_by: [permission.created_by.clone()].into(),
            since: permission.created_at,
            until: permission.spec.expires_at,
        }
    }
}

impl fmt::Display for RightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant(id) => write!(f, "grant {id}"),
            Self::Permission(id) => write!(f, "permission {id}"),
        }
    }
}
