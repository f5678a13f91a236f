//! Events on their way: published to the Global Event Stream, and found in a consumer's stream, or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_kinesis::primitives::Blob;
use bytes::Bytes;
use fanner_event::v1::{self, PayloadEncoding};
use fanner_event::{NewEvent, seal};
use jiff::Timestamp;
use prost::Message;

use crate::{World, eventually, everything, named};

/// Produces an event with this JSON. Everything is produced into one shard, so it arrives in this order.
pub async fn publish(world: &World, event: &str, id: &str, json: &'static str) {
    let new = NewEvent {
        name: named(event),
        id: Some(id.to_owned()),
        source: "test".into(),
        time: None,
        user_id: None,
        device_id: None,
        encoding: PayloadEncoding::Json,
        payload: Bytes::from_static(json.as_bytes()),
        schema_version: 1,
        classification: v1::Classification::Internal,
        context: None,
    };
    let envelope = seal(new, Timestamp::UNIX_EPOCH).expect("it is an event");
    let put = world.kinesis().put_record().stream_name("global-events").partition_key("one-shard");
    put.data(Blob::new(envelope.encode_to_vec())).send().await.expect("Kinesis takes it");
}

/// What a stream has, by partition key.
pub async fn delivered(world: &World, stream: &str) -> BTreeMap<String, String> {
    let records = everything(&world.kinesis(), stream).await.into_iter();
    let text = |data: Blob| String::from_utf8_lossy(data.as_ref()).into_owned();
    records.map(|record| (record.partition_key.unwrap_or_default(), text(record.data))).collect()
}

/// Waits until what is published of `event` arrives in a stream.
pub async fn flows(world: &World, stream: &str, event: &str) {
    let mut keys = BTreeSet::new();
    eventually(&format!("`{event}` to flow"), async || {
        let id = fresh_id();
        publish(world, event, &id, "{}").await;
        keys.insert(format!("{event}/{id}"));
        delivered(world, stream).await.keys().any(|key| keys.contains(key)).then_some(())
    })
    .await;
}

/// Waits until what is published of `event` does not arrive in a stream, where `steady` flows.
pub async fn flows_no_more(world: &World, stream: &str, event: &str, steady: &str) {
    flows(world, stream, steady).await;
    eventually(&format!("`{event}` to flow no more"), async || {
        let id = fresh_id();
        publish(world, event, &id, "{}").await;
        publish(world, steady, &id, "{}").await;
        let all = eventually("what is steady", async || {
            Some(delivered(world, stream).await).filter(|all| all.contains_key(&format!("{steady}/{id}")))
        })
        .await;
        (!all.contains_key(&format!("{event}/{id}"))).then_some(())
    })
    .await;
}

fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}
