//! What was delivered, as a fanner tells it: so that a reviewer sees what is used.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventName, StreamId, limit};

/// When an event was last delivered to a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// The incarnation of the stream, as in the rules.
    pub stream: StreamId,
    pub event: EventName,
    pub last_at: Timestamp,
}

/// What a fanner delivered since its last report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryReport {
    /// At most 1,000.
    #[serde(deserialize_with = "limit::deliveries")]
    pub deliveries: Vec<Delivery>,
}
