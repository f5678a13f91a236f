//! What holds without a request: standing permissions, and quarantines against everything else.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CallerId, EventName, PermissionId, QuarantineId, StreamName, TeamName, limit};

/// A team may have events without asking, as far as the policy of standing permissions goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Permission {
    pub id: PermissionId,
    pub created_by: CallerId,
    pub created_at: Timestamp,
    pub spec: PermissionSpec,
}

/// What the owner or security asks for. It is never changed, only taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PermissionSpec {
    pub team: TeamName,
    pub events: Events,
    /// From this moment on it permits nothing.
    pub expires_at: Timestamp,
    #[serde(default, deserialize_with = "limit::description", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Nothing may be delivered, whatever else permits it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quarantine {
    pub id: QuarantineId,
    pub created_by: CallerId,
    pub created_at: Timestamp,
    pub spec: QuarantineSpec,
}

/// What an incident asks for. It is never changed, only lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuarantineSpec {
    pub who: Receivers,
    pub events: Events,
    /// Why, in the words that those concerned will read.
    #[serde(deserialize_with = "limit::reason")]
    pub reason: String,
}

/// Which streams a quarantine is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Receivers {
    Everybody,
    Team(TeamName),
    Stream(StreamName),
}

/// Which events something is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Events {
    Everything,
    /// All that this team owns.
    OwnedBy(TeamName),
    Event(EventName),
}

impl fmt::Display for Receivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everybody => f.write_str("everybody"),
            Self::Team(team) => write!(f, "team {team}"),
            Self::Stream(stream) => write!(f, "stream {stream}"),
        }
    }
}

impl fmt::Display for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::OwnedBy(team) => write!(f, "owned by {team}"),
            Self::Event(event) => write!(f, "{event}"),
        }
    }
}
