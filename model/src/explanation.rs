//! Why a stream had an event at some time, or did not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventName, Reader, StreamName};

/// The decisions about one stream and one event at a moment, given again from the policies and the data of that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    pub at: Timestamp,
    pub stream: StreamName,
    pub event: EventName,
    /// Whether the stream asked for the event. If it did not, it had nothing, whatever the answer below would have been.
    pub asked: bool,
    /// One answer for each subscription that asked. If none did: what the stream's own would have been told.
    pub answers: Vec<Reader>,
}
