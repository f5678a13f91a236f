//! An event that was seen on the Global Event Stream though nobody declared it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventName, limit};

/// A name that events on the Global Event Stream have and no event type: only the platform may declare it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sighting {
    pub name: EventName,
    pub first_seen_at: Timestamp,
    /// Thirty days after this the sighting is forgotten.
    pub last_seen_at: Timestamp,
}

/// What a fanner saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SightingReport {
    /// Names that the fanner's rules do not have; at most 1,000.
    #[serde(deserialize_with = "limit::events")]
    pub events: BTreeSet<EventName>,
}
