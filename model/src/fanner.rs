//! The fanners, as the control plane knows them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Revision, WorkerId};

/// A fanner that follows the rules, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fanner {
    pub id: WorkerId,
    /// The revision of the rules that it obeys; 0: none yet.
    pub revision: Revision,
    /// Since when it says so.
    pub since: Timestamp,
    /// Until when it counts as live, if nothing more is heard of it.
    pub lease_until: Timestamp,
}

impl Fanner {
    /// Whether it counts as live at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.lease_until
    }
}
