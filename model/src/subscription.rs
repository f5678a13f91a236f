//! A further subscription of a stream: more events, with a purpose and an end of their own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Access, EventName, FieldPath, Purpose, StreamName, SubscriptionId, TeamName, limit};

/// A subscription: what was asked for, and what is true now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Subscription {
    pub id: SubscriptionId,
    /// The owner: the team of the stream.
    pub team: TeamName,
    /// Raised by every change of what is asked for. It is the subscription's ETag.
    pub generation: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub spec: SubscriptionSpec,
    pub status: SubscriptionStatus,
    /// For each event of `spec.events`, whether it flows.
    pub access: BTreeMap<EventName, Access>,
}

/// What a consumer asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubscriptionSpec {
    pub stream: StreamName,
    #[serde(deserialize_with = "limit::events")]
    pub events: BTreeSet<EventName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The fields of the payloads that the stream does without: they arrive as `null`.
    #[serde(default, deserialize_with = "limit::fields", skip_serializing_if = "BTreeSet::is_empty")]
    pub mask: BTreeSet<FieldPath>,
    /// From this moment on the subscription delivers nothing; left out: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Whether a subscription still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SubscriptionStatus {
    Active,
    Expired,
}

impl SubscriptionStatus {
    /// The status at `now` of a subscription that ends at `expires_at`.
    pub fn at(now: Timestamp, expires_at: Option<Timestamp>) -> Self {
        match expires_at {
            Some(end) if end <= now => Self::Expired,
            Some(_) | None => Self::Active,
        }
    }
}
