//! What a consumer receives for an event: the record's data, its partition key, and which shard it goes to.

use std::collections::BTreeSet;

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use fanner_model::FieldPath;
use md5::{Digest, Md5};

use crate::event::Event;
use crate::mask::Unmaskable;
use crate::router::Outlet;

/// The record for `event` in a stream that looks like `outlet`, without the fields that `mask` names.
///
/// # Errors
/// The mask cannot be applied.
pub(super) fn entry(
    event: &Event,
    outlet: &Outlet,
    mask: &BTreeSet<FieldPath>,
) -> Result<PutRecordsRequestEntry, Unmaskable> {
    let data = event.data(outlet.format, mask)?;
    let whose = outlet.partition_by.and_then(|by| event.whose(by));
    let entry = PutRecordsRequestEntry::builder()
        .data(Blob::new(data))
        .partition_key(&event.key)
        .set_explicit_hash_key(whose.map(hash_key))
        .build();
    Ok(entry.expect("data and partition key are set"))
}

/// The place among a stream's shards that is `whose` for good: the MD5 of the text as a 128-bit number, which is also where
/// Kinesis itself would put a record with that partition key.
fn hash_key(whose: &str) -> String {
    u128::from_be_bytes(Md5::digest(whose).into()).to_string()
}

#[cfg(test)]
mod tests {
    use fanner_event::v1::{Delivery, PayloadEncoding};
    use fanner_model::{Format, PartitionBy};

    use super::*;
    use crate::lane::tests::event;

    #[test]
    fn a_consumer_gets_the_payload_alone_or_the_whole_envelope() {
        let event = event("7", "user-1");
        let payload = whole(&event, Format::Payload, None);
        assert_eq!(payload.data().as_ref(), &event.payload[..]);
        assert_eq!(payload.partition_key(), Some("card_swiped/7"));
        assert_eq!(payload.explicit_hash_key(), None);
        let envelope = whole(&event, Format::Envelope, None);
        assert_eq!(envelope.data().as_ref(), &event.envelope[..]);
    }

    #[test]
    fn a_masked_envelope_is_sound_and_says_what_is_masked() {
        let (event, mask) = (event("7", "user-1"), BTreeSet::from(["amount".parse().unwrap()]));
        let entry = entry(&event, &outlet(Format::Envelope, None), &mask).unwrap();
        let envelope = fanner_event::open(entry.data.into_inner().into()).unwrap().envelope;
        assert_eq!((&envelope.payload[..], envelope.user_id.as_str()), (&b"{\"amount\":null}"[..], "user-1"));
        let redacted_paths = vec!["amount".into()];
        assert_eq!(envelope.delivery, Some(Delivery { redacted_paths, ..Delivery::default() }));
    }

    #[test]
    fn a_payload_that_is_not_said_to_be_json_cannot_be_masked() {
        let mut opaque = event("7", "user-1");
        opaque.encoding = PayloadEncoding::Opaque;
        let mask = BTreeSet::from(["amount".parse().unwrap()]);
        for format in [Format::Payload, Format::Envelope] {
            let error = entry(&opaque, &outlet(format, None), &mask).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the stream's mask needs a payload in JSON, and the envelope says that it is none"
            );
        }
    }

    #[test]
    fn one_users_events_share_a_place_that_never_changes() {
        let of_user = |id| whole(&event(id, "user-1"), Format::Payload, Some(PartitionBy::UserId));
        assert_eq!(of_user("7").explicit_hash_key(), Some(hash_key("user-1").as_str()));
        assert_eq!(of_user("7").explicit_hash_key(), of_user("8").explicit_hash_key());
        assert_eq!(hash_key("a"), "16955237001963240173058271559858726497");
    }

    #[test]
    fn nobodys_events_spread_by_their_key() {
        let nobodys = whole(&event("7", ""), Format::Payload, Some(PartitionBy::UserId));
        assert_eq!(nobodys.explicit_hash_key(), None);
    }

    fn whole(event: &Event, format: Format, partition_by: Option<PartitionBy>) -> PutRecordsRequestEntry {
        entry(event, &outlet(format, partition_by), &BTreeSet::new()).unwrap()
    }

    fn outlet(format: Format, partition_by: Option<PartitionBy>) -> Outlet {
        Outlet { name: "fraud".parse().unwrap(), format, partition_by }
    }
}
