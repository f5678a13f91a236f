//! What is delivered is known to those who review it.

use aws_sdk_kinesis::primitives::Blob;
use bytes::Bytes;
use fanner_event::v1::{self, PayloadEncoding};
use fanner_event::{NewEvent, seal};
use fanner_model::Classification;
use fanner_tests::{World, eventually, named, settled};
use jiff::Timestamp;
use prost::Message;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_an_event_sees_when_it_was_last_delivered_to_whom() {
    let world = World::new().await;
    world.declare("payments", Classification::Public, &["card_swiped"]).await;
    let fraud = world.member("fraud").await;
    settled(&fraud, "s", json!({"shard_count": 1, "events": ["card_swiped"]})).await;
    let payments = world.member("payments").await;
    let last = async || {
        let readers = payments.readers(&named("card_swiped"), None, None).await.unwrap().items;
        readers[0].last_delivered_at
    };
    assert_eq!(last().await, None);
    publish(&world, "card_swiped").await;
    eventually("the delivery to be told", last).await;
    world.stop().await;
}

async fn publish(world: &World, event: &str) {
    let new = NewEvent {
        id: Some("1".to_owned()),
        name: event.parse().unwrap(),
        schema_version: 1,
        source: "tests".to_owned(),
        time: None,
        user_id: None,
        device_id: None,
        encoding: PayloadEncoding::Json,
        payload: Bytes::from_static(b"{}"),
        classification: v1::Classification::Public,
        context: None,
    };
    let envelope = seal(new, Timestamp::UNIX_EPOCH).unwrap();
    let put = world.kinesis().put_record().stream_name("global-events").partition_key("1");
    put.data(Blob::new(envelope.encode_to_vec())).send().await.unwrap();
}
