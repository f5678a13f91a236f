//! What a team can read, and what it would take to read more.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Approval, EventName, Purpose, Reader, StreamName, TeamName};

/// One stream of a team, and every event type there is, as far as it comes into question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamAccess {
    pub stream: StreamName,
    /// What it receives now.
    pub receives: Vec<Reader>,
    /// What it asks for and does not receive.
    pub waits: Vec<Reader>,
    /// What it would receive if it asked, for a purpose that it has already.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub open: BTreeSet<EventName>,
    /// What it would receive with a single approval, whether it asks for it or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_approval_away: Vec<Near>,
}

/// An event that one approval would open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Near {
    pub event: EventName,
    pub purpose: Purpose,
    /// The approval that is missing.
    pub needs: Approval,
    /// The team that owns the event type.
    pub owner: TeamName,
}
