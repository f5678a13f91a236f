//! What a reviewer should look at: rights that are not used, end soon, belong to nobody, or give more than is needed.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Right;

/// Something about a right that asks for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    pub kind: FindingKind,
    pub right: Right,
    /// What is the matter, and what can be done.
    pub detail: String,
    /// When something was last delivered because of it, as far as the fanners have told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivered_at: Option<Timestamp>,
}

/// What is the matter with a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FindingKind {
    /// What it is about is gone.
    Orphaned,
    /// Nothing was delivered because of it for long.
    Unused,
    /// It gives more than is asked for, or than seems needed.
    OverBroad,
    /// It ends soon.
    Expiring,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Orphaned => "orphaned",
            Self::Unused => "unused",
            Self::OverBroad => "over-broad",
            Self::Expiring => "expiring",
        })
    }
}
