//! Sealing an envelope: what a producer says, completed with what it left out.

use bytes::Bytes;
use fanner_model::EventName;
use jiff::Timestamp;
use uuid::Uuid;

use crate::EventId;
use crate::v1::{Classification, Context, Envelope, PayloadEncoding};

/// An event as a producer hands it over.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub name: EventName,
    /// Left out: a new UUIDv7.
    pub id: Option<String>,
    pub source: String,
    /// When it happened; left out: now.
    pub time: Option<Timestamp>,
    pub user_id: Option<String>,
    pub device_id: Option<String>,
    pub encoding: PayloadEncoding,
    pub payload: Bytes,
    pub schema_version: u32,
    pub classification: Classification,
    pub context: Option<Context>,
}

/// Puts an event into its envelope, taken in at `now`.
///
/// # Errors
/// The event's id is not one.
pub fn seal(event: NewEvent, now: Timestamp) -> Result<Envelope, SealError> {
    let NewEvent {
        name,
        id,
        source,
        time,
        user_id,
        device_id,
        encoding,
        payload,
        schema_version,
        classification,
        context,
    } = event;
    let id = id.unwrap_or_else(|| Uuid::now_v7().to_string());
    let Some(id) = EventId::parse(&id) else {
        return Err(SealError { id });
    };
    Ok(Envelope {
        event_name: name.into(),
        schema_version,
        event_id: id.as_str().to_owned(),
        source,
        event_time: Some(timestamp(time.unwrap_or(now))),
        ingest_time: Some(timestamp(now)),
        user_id: user_id.unwrap_or_default(),
        device_id: device_id.unwrap_or_default(),
        payload_encoding: encoding.into(),
        payload_crc32c: crc32c::crc32c(&payload),
        payload,
        classification: classification.into(),
        context,
        ..Envelope::default()
    })
}

/// The event's id is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event id `{id}` is not 1 to 128 printable ASCII characters without spaces")]
pub struct SealError {
    id: String,
}

/// Protobuf counts nanoseconds forward even before 1970, where jiff counts them backward.
fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    match nanos < 0 {
        true => prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 },
        false => prost_types::Timestamp { seconds, nanos },
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::open;

    #[test]
    fn what_is_sealed_can_be_opened_with_its_payload_untouched() {
        let envelope = seal(event(Some("7")), now()).unwrap();
        let opened = open(envelope.encode_to_vec().into()).unwrap();
        assert_eq!(opened.partition_key(), "card_swiped/7");
        assert_eq!(opened.envelope.payload, &b"\x00\xffbytes"[..]);
        assert_eq!(opened.envelope.event_time, Some(prost_types::Timestamp { seconds: 1, nanos: 500_000_000 }));
    }

    #[test]
    fn an_event_without_an_id_gets_a_uuid() {
        let envelope = seal(event(None), now()).unwrap();
        assert_eq!(Uuid::try_parse(&envelope.event_id).unwrap().get_version_num(), 7);
    }

    #[test]
    fn a_bad_id_is_refused_in_the_producers_words() {
        let error = seal(event(Some("a b")), now()).unwrap_err().to_string();
        assert_eq!(error, "event id `a b` is not 1 to 128 printable ASCII characters without spaces");
    }

    #[test]
    fn a_time_before_1970_counts_forward() {
        let half_a_second_before = Timestamp::from_millisecond(-500).unwrap();
        assert_eq!(timestamp(half_a_second_before), prost_types::Timestamp { seconds: -1, nanos: 500_000_000 });
    }

    fn now() -> Timestamp {
        Timestamp::from_millisecond(1_500).unwrap()
    }

    fn event(id: Option<&str>) -> NewEvent {
        NewEvent {
            name: "card_swiped".parse().unwrap(),
            id: id.map(str::to_owned),
            source: "till".into(),
            time: None,
            user_id: None,
            device_id: None,
            encoding: PayloadEncoding::Opaque,
            payload: Bytes::from_static(b"\x00\xffbytes"),
            schema_version: 1,
            classification: Classification::Public,
            context: None,
        }
    }
}
