//! Whether a stream may have an event, and why.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Approval, FieldPath, GrantId, RequestId};

/// The answer for one event of one stream, with its reason in words a consumer understands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Access {
    pub status: AccessStatus,
    pub reason: String,
    /// When the event stops flowing, unless something changes; left out: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The fields that are masked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mask: BTreeSet<FieldPath>,
    /// The grant under which it flows; left out: it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// Whose approval is missing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Approval>,
    /// The request that waits for that approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
}

/// Only `Active` lets events flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AccessStatus {
    Active,
    /// Somebody must approve first.
    Pending,
    Denied,
}

impl Access {
    /// Events flow, because of `reason`.
    pub fn active(reason: impl Into<String>) -> Self {
        Self::new(AccessStatus::Active, reason)
    }

    /// Events do not flow yet, because of `reason`.
    pub fn pending(reason: impl Into<String>) -> Self {
        Self::new(AccessStatus::Pending, reason)
    }

    /// Events do not flow, because of `reason`.
    pub fn denied(reason: impl Into<String>) -> Self {
        Self::new(AccessStatus::Denied, reason)
    }

    /// Whether events flow.
    pub fn is_active(&self) -> bool {
        self.status == AccessStatus::Active
    }

    fn new(status: AccessStatus, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { status, reason, until: None, mask: BTreeSet::new(), grant: None, needs: BTreeSet::new(), request: None }
    }
}
