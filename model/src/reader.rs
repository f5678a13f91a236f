//! Who reads an event, and why: what a reviewer asks first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Access, CallerId, EventName, Purpose, StreamName, SubscriptionId, TeamName};

/// A subscription that asks for an event, and what comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reader {
    pub event: EventName,
    pub stream: StreamName,
    /// The team of the stream.
    pub team: TeamName,
    /// The further subscription that asks for the event; left out: the stream's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    pub access: Access,
    /// The policies that decided, by `@id`, each with what it says. Those of standing permissions and quarantines go on with
    /// `:` and the id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub because: BTreeMap<String, String>,
    /// When that was given which it rests on: a grant or a standing permission. Left out: it rests on neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Who gave it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approved_by: BTreeSet<CallerId>,
    /// When the event was last delivered to the stream, as far as the fanners have told; they tell about once a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivered_at: Option<Timestamp>,
}
