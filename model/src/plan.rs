//! What an apply would do, asked before it is done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Access, EventName, EventTypeSpec, PermissionSpec, Problem, StreamName, StreamSpec, SubscriptionId, SubscriptionSpec,
};

/// The change that somebody considers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PlanRequest {
    Stream {
        name: StreamName,
        spec: StreamSpec,
    },
    /// Without an id, a new subscription.
    Subscription {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<SubscriptionId>,
        spec: SubscriptionSpec,
    },
    EventType {
        name: EventName,
        spec: EventTypeSpec,
    },
    /// A new standing permission.
    Permission {
        spec: PermissionSpec,
    },
}

/// What that change would do. Nothing has been done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanAnswer {
    pub change: Change,
    /// For each event of the stream or subscription, whether it would flow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub access: BTreeMap<EventName, Access>,
    /// Why the change would be refused; empty if it would not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What will be done in AWS, one sentence a step, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// What happens to the record of what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Change {
    Create,
    Update,
    Nothing,
}
