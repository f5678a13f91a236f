//! The whole story of access, as those see it who live it: refused at plan, pending after apply, approved, delivered
//! without a second apply, extended, revoked.

use aws_sdk_kinesis::primitives::Blob;
use bytes::Bytes;
use fanner_client::{Client, Precondition};
use fanner_event::v1::{self, PayloadEncoding};
use fanner_event::{NewEvent, seal};
use fanner_model::{AccessRequest, Classification, Comment, EventTypeSpec, Extension, Reason, RequestStatus};
use fanner_tests::{Workspace, World, eventually, everything, named, spec};
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn access_is_asked_for_by_applying_and_needs_no_second_apply() {
    let (world, terraform) = declared().await;
    let (fraud, payments) = (world.member("fraud").await, world.member("payments").await);

    terraform.write(&stream(r#"["own", "salary_paid"]"#));
    let refused = terraform.plan_fails();
    assert!(refused.contains("`salary_paid` is `restricted` and team `fraud` is cleared for `internal`"), "{refused}");

    terraform.write(&stream(r#"["own", "card_swiped"]"#));
    let planned = terraform.run(&["plan", "-no-color", "-input=false"]).ok("plan").text;
    assert!(planned.contains("These events flow once they are approved"), "{planned}");
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(status(&terraform), "pending");
    publish(&world, "card_swiped", "too-early").await;
    assert_eq!(delivered(&world, "first").await, ["own/first"]);

    let request = pending(&fraud).await;
    payments.approve(request.id, &Comment::default()).await.expect("the owner may");
    eventually("the event to flow", async || {
        publish(&world, "card_swiped", "approved").await;
        delivered(&world, "again").await.contains(&"card_swiped/approved".to_owned()).then_some(())
    })
    .await;
    terraform.plan_is_empty();
    terraform.run(&["apply", "-refresh-only", "-auto-approve", "-no-color"]).ok("refresh");
    assert_eq!(status(&terraform), "active");

    let RequestStatus::Approved { grant, .. } = fraud.request(request.id).await.expect("it stays").status else {
        panic!("the request was approved")
    };
    let until = fraud.grant(grant).await.expect("it is live").until + SignedDuration::from_hours(24 * 100);
    let longer = fraud.extend(grant, &Extension { until: Some(until) }).await.expect("its team may ask");
    payments.approve(longer.id, &Comment::default()).await.expect("the owner may");
    assert_eq!(fraud.grant(grant).await.expect("it is live").until, until);
    terraform.plan_is_empty();

    payments.revoke(grant, &Reason { reason: "leak".to_owned() }).await.expect("the owner may");
    eventually("every fanner to obey", async || {
        let stream = world.platform().stream(&named("fraud-signals")).await.expect("it is there");
        stream.is_ready().then_some(())
    })
    .await;
    publish(&world, "card_swiped", "revoked").await;
    let after = delivered(&world, "last").await;
    assert!(!after.contains(&"card_swiped/revoked".to_owned()), "{after:?}");
    let planned = terraform.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]).ok("plan").text;
    assert!(planned.contains("No changes"), "{planned}");
}

async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("fraud", Classification::Internal, &["own"]).await;
    let payments = world.member("payments").await;
    for (name, classification) in [("card_swiped", "internal"), ("salary_paid", "restricted")] {
        let declared: EventTypeSpec = spec(json!({"classification": classification, "purposes": ["fraud-detection"]}));
        payments.put_event_type(&named(name), &declared, Precondition::None).await.expect("it is declared");
    }
    let terraform = Workspace::with_token(&world, &world.token("fraud").await);
    (world, terraform)
}

fn stream(events: &str) -> String {
    format!(
        "resource \"fanner_stream\" \"fraud\" {{\n  name = \"fraud-signals\"\n  shard_count = 1\n  \
         purpose = \"fraud-detection\"\n  events = {events}\n}}\n"
    )
}

fn status(terraform: &Workspace) -> String {
    let access = terraform.attributes("fanner_stream.fraud")["access"]["card_swiped"].clone();
    access["status"].as_str().unwrap_or_default().to_owned()
}

async fn pending(client: &Client) -> AccessRequest {
    eventually("the request", async || client.requests(None, true).await.expect("a list").items.pop()).await
}

/// Produces an event whose id is `id`.
async fn publish(world: &World, event: &str, id: &str) {
    let new = NewEvent {
        name: named(event),
        id: Some(id.to_owned()),
        source: "test".into(),
        time: None,
        user_id: None,
        device_id: None,
        encoding: PayloadEncoding::Json,
        payload: Bytes::from_static(b"{}"),
        schema_version: 1,
        classification: v1::Classification::Internal,
        context: None,
    };
    let envelope = seal(new, Timestamp::UNIX_EPOCH).expect("it is an event");
    let put = world.kinesis().put_record().stream_name("global-events").partition_key(id);
    put.data(Blob::new(envelope.encode_to_vec())).send().await.expect("Kinesis takes it");
}

/// Everything that the stream has once it has one more event of its own.
async fn delivered(world: &World, id: &str) -> Vec<String> {
    publish(world, "own", id).await;
    eventually("the next own event", async || {
        let records = everything(&world.kinesis(), "fraud-signals").await;
        let keys: Vec<_> = records.into_iter().map(|record| record.partition_key.unwrap_or_default()).collect();
        keys.contains(&format!("own/{id}")).then_some(keys)
    })
    .await
}
