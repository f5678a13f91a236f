//! What a consumer receives for an event: the record's data, its partition key, and which shard it goes to.

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use fanner_model::Format;
use md5::{Digest, Md5};

use crate::event::Event;
use crate::router::Outlet;

/// The record for `event` in a stream that looks like `outlet`.
pub(super) fn entry(event: &Event, outlet: &Outlet) -> PutRecordsRequestEntry {
    let data = match outlet.format {
        Format::Payload => &event.payload,
        Format::Envelope => &event.envelope,
    };
    let whose = outlet.partition_by.and_then(|by| event.whose(by));
    PutRecordsRequestEntry::builder()
        .data(Blob::new(data.as_ref()))
        .partition_key(&event.key)
        .set_explicit_hash_key(whose.map(hash_key))
        .build()
        .expect("data and partition key are set")
}

/// The place among a stream's shards that is `whose` for good: the MD5 of the text as a 128-bit number, which is also where
/// Kinesis itself would put a record with that partition key.
fn hash_key(whose: &str) -> String {
    u128::from_be_bytes(Md5::digest(whose).into()).to_string()
}

#[cfg(test)]
mod tests {
    use fanner_model::PartitionBy;

    use super::*;
    use crate::lane::tests::event;

    #[test]
    fn a_consumer_gets_the_payload_alone_or_the_whole_envelope() {
        let event = event("7", "user-1");
        let payload = entry(&event, &outlet(Format::Payload, None));
        assert_eq!(payload.data().as_ref(), &event.payload[..]);
        assert_eq!(payload.partition_key(), Some("card_swiped/7"));
        assert_eq!(payload.explicit_hash_key(), None);
        let envelope = entry(&event, &outlet(Format::Envelope, None));
        assert_eq!(envelope.data().as_ref(), &event.envelope[..]);
    }

    #[test]
    fn one_users_events_share_a_place_that_never_changes() {
        let of_user = |id| entry(&event(id, "user-1"), &outlet(Format::Payload, Some(PartitionBy::UserId)));
        assert_eq!(of_user("7").explicit_hash_key(), Some(hash_key("user-1").as_str()));
        assert_eq!(of_user("7").explicit_hash_key(), of_user("8").explicit_hash_key());
        assert_eq!(hash_key("a"), "16955237001963240173058271559858726497");
    }

    #[test]
    fn nobodys_events_spread_by_their_key() {
        let nobodys = entry(&event("7", ""), &outlet(Format::Payload, Some(PartitionBy::UserId)));
        assert_eq!(nobodys.explicit_hash_key(), None);
    }

    fn outlet(format: Format, partition_by: Option<PartitionBy>) -> Outlet {
        Outlet { name: "fraud".parse().unwrap(), format, partition_by }
    }
}
