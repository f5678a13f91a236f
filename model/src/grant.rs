//! What was approved: who may have what, for which purpose, without which fields, until when.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Approved, CallerId, Enforcement, EventName, Exposure, FieldPath, GrantId, Purpose, RequestId, StreamName, TeamName,
};

/// An approved request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    pub id: GrantId,
    /// The stream that may receive the event, as long as it belongs to `team`.
    pub stream: StreamName,
    pub team: TeamName,
    pub event: EventName,
    pub purpose: Purpose,
    /// The fields that the stream does without, as its team asked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mask: BTreeSet<FieldPath>,
    /// Further fields that it does without since the grant was reduced.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reduced: BTreeSet<FieldPath>,
    /// The request that became this grant.
    pub request: RequestId,
    pub requested_by: CallerId,
    pub approvals: Vec<Approved>,
    pub granted_at: Timestamp,
    /// From this moment on it permits nothing.
    pub until: Timestamp,
    /// Set once it was taken back before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
}

/// How a grant was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revoked {
    pub by: CallerId,
    pub at: Timestamp,
    pub reason: String,
    /// How far it is in force, where a single grant is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<Enforcement>,
    /// What was delivered before and can still be read, where a single grant is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
}

impl Revoked {
    /// Taken back just now; what comes of it is yet to be seen.
    pub fn new(by: CallerId, at: Timestamp, reason: &str) -> Self {
        Self { by, at, reason: reason.trim().to_owned(), enforcement: None, exposure: None }
    }
}

impl Grant {
    /// Every field that the stream does without.
    pub fn masked(&self) -> impl Iterator<Item = &FieldPath> {
        self.mask.iter().chain(&self.reduced)
    }

    /// Whether it permits anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now < self.until
    }
}
