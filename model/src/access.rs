//! Whether a team may have an event, and why.

use serde::{Deserialize, Serialize};

/// The answer for one event of one stream, with its reason in words a consumer understands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Access {
    pub status: AccessStatus,
    pub reason: String,
}

/// Only `Active` lets events flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AccessStatus {
    Active,
    Pending,
    Denied,
}

impl Access {
    /// Events flow, because of `reason`.
    pub fn active(reason: impl Into<String>) -> Self {
        Self { status: AccessStatus::Active, reason: reason.into() }
    }

    /// Events do not flow, because of `reason`.
    pub fn denied(reason: impl Into<String>) -> Self {
        Self { status: AccessStatus::Denied, reason: reason.into() }
    }

    /// Whether events flow.
    pub fn is_active(&self) -> bool {
        self.status == AccessStatus::Active
    }
}
