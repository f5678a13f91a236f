//! How far a decision about access is in force, and what it cannot take back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Revision, StreamName, WorkerId};

/// A decision about access, on its way to the fanners or obeyed by all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enforcement {
    /// What was decided about, as its address in the API and the audit log name it, such as `grants/…` or `policies/…`.
    pub subject: String,
    /// The rules from this revision on have it.
    pub revision: Revision,
    pub decided_at: Timestamp,
    #[serde(flatten)]
    pub obedience: Obedience,
}

/// Who obeys a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Obedience {
    /// These fanners are live and have not said that they obey it.
    Waiting { waiting_for: BTreeSet<WorkerId> },
    /// No live fanner was left that did not.
    Complete {
        at: Timestamp,
        /// Milliseconds from the decision until then.
        after_ms: u64,
        /// Fanners that fell silent before they obeyed it. If one of them still runs, cut off from the control plane, it goes on
        /// for as long as its events' classification allows.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        silent: BTreeSet<WorkerId>,
    },
}

impl Obedience {
    /// Whether no live fanner is waited for any more.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Complete { .. })
    }
}

/// What was delivered before a decision and can still be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Exposure {
    pub stream: StreamName,
    /// How long the stream keeps a record now.
    pub retention_hours: i32,
    /// From this moment on nothing of it is left, if the retention stays as it is.
    pub readable_until: Timestamp,
    /// What makes that sooner, each in one sentence.
    pub remedies: Vec<String>,
}
