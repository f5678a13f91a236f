//! Opening an envelope: from a record's bytes to an event that may be routed, or the reason why not.

use std::fmt;

use bytes::Bytes;
use fanner_model::EventName;
use prost::Message;

use crate::v1::Envelope;

/// An event whose envelope is sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub name: EventName,
    pub id: EventId,
    pub envelope: Envelope,
}

impl Opened {
    /// The partition key of the record that a consumer receives: `<event_name>/<event_id>`. A consumer tells events apart
    /// and drops duplicates by it.
    pub fn partition_key(&self) -> String {
        format!("{}/{}", self.name, self.id)
    }
}

/// Opens a record of the Global Event Stream.
///
/// # Errors
/// Says why the record cannot be routed; such a record is kept aside, not skipped.
pub fn open(record: Bytes) -> Result<Opened, OpenError> {
    let envelope = Envelope::decode(record).map_err(|_| OpenError::NotAnEnvelope)?;
    let name = envelope.event_name.parse().map_err(OpenError::Name)?;
    let id = EventId::parse(&envelope.event_id).ok_or(OpenError::Id)?;
    match envelope.payload_crc32c {
        0 => (),
        stated if stated == crc32c::crc32c(&envelope.payload) => (),
        stated => return Err(OpenError::Checksum { stated, found: crc32c::crc32c(&envelope.payload) }),
    }
    Ok(Opened { name, id, envelope })
}

/// An event's id: 1 to 128 printable ASCII characters without spaces, so that it fits into a partition key and a log line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(String);

impl EventId {
    /// The id with this text; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_good = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        is_good.then(|| Self(text.to_owned()))
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a record cannot be routed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("the record is not a `fanner.v1.Envelope`")]
    NotAnEnvelope,
    #[error("the envelope has a bad event name")]
    Name(#[source] fanner_model::NameError),
    #[error("the envelope's event id is not 1 to 128 printable ASCII characters")]
    Id,
    #[error("the payload's CRC-32C is {found:08x}, and the envelope says {stated:08x}")]
    Checksum { stated: u32, found: u32 },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sound_envelope_names_its_partition_key() {
        let opened = open(record("card_swiped", "018f6b1e", b"{}", crc32c::crc32c(b"{}"))).unwrap();
        assert_eq!(opened.partition_key(), "card_swiped/018f6b1e");
        assert_eq!(opened.envelope.payload, &b"{}"[..]);
    }

    #[test]
    fn an_unsound_record_says_why() {
        assert_eq!(open(Bytes::from_static(b"\xff\xff")), Err(OpenError::NotAnEnvelope));
        assert!(matches!(open(record("Card Swiped", "1", b"", 0)), Err(OpenError::Name(_))));
        assert_eq!(open(record("card_swiped", "a b", b"", 0)), Err(OpenError::Id));
        assert_eq!(open(record("card_swiped", "", b"", 0)), Err(OpenError::Id));
        assert!(matches!(open(record("card_swiped", "1", b"{}", 7)), Err(OpenError::Checksum { stated: 7, .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = open(Bytes::from(bytes));
        }
    }

    fn record(name: &str, id: &str, payload: &'static [u8], payload_crc32c: u32) -> Bytes {
        let (event_name, event_id) = (name.to_owned(), id.to_owned());
        let payload = Bytes::from_static(payload);
        Envelope { event_name, event_id, payload, payload_crc32c, ..Default::default() }.encode_to_vec().into()
    }
}
