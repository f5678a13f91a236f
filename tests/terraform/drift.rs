//! What somebody changes behind Terraform's back.

use fanner_model::Classification;
use fanner_tests::{Workspace, World, eventually};
use serde_json::json;

const STREAM: &str = r#"
resource "fanner_stream" "fraud" {
  name        = "fraud-signals"
  shard_count = 2
  events      = ["card_swiped"]
  tags        = { cost-center = "7" }
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_somebody_deleted_is_planned_anew() {
    let (world, terraform) = applied().await;
    world.kinesis().delete_stream().stream_name("fraud-signals").send().await.unwrap();
    eventually("Kinesis to delete the stream", async || world.describe("fraud-signals").await.is_none().then_some(()))
        .await;
    assert_eq!(terraform.planned_changes(), ["fanner_stream.fraud: create"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert!(world.describe("fraud-signals").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_somebody_changed_is_drift() {
    let (world, terraform) = applied().await;
    let kinesis = world.kinesis();
    kinesis.add_tags_to_stream().stream_name("fraud-signals").tags("cost-center", "8").send().await.unwrap();
    let plan = terraform.plan();
    assert_eq!(plan["resource_drift"][0]["change"]["after"]["tags"], json!({ "cost-center": "8" }));
    terraform.apply();
    terraform.plan_is_empty();
    let tags = kinesis.list_tags_for_stream().stream_name("fraud-signals").send().await.unwrap().tags;
    assert!(tags.iter().any(|tag| tag.key == "cost-center" && tag.value() == Some("7")), "{tags:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_that_somebody_raised_is_drift() {
    let (world, terraform) = applied().await;
    let raise = world.kinesis().increase_stream_retention_period().stream_name("fraud-signals");
    raise.retention_period_hours(100).send().await.unwrap();
    assert_eq!(terraform.planned_changes(), ["fanner_stream.fraud: update"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(world.describe("fraud-signals").await.unwrap().retention_period_hours(), 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_that_an_autoscaler_added_are_shown_and_left_alone() {
    let (world, terraform) = applied().await;
    let scale = world.kinesis().update_shard_count().stream_name("fraud-signals").target_shard_count(4);
    scale.scaling_type(aws_sdk_kinesis::types::ScalingType::UniformScaling).send().await.unwrap();
    eventually("four shards", async || (world.describe("fraud-signals").await?.open_shard_count() == 4).then_some(()))
        .await;
    terraform.run(&["apply", "-refresh-only", "-auto-approve", "-no-color"]).ok("apply -refresh-only");
    terraform.plan_is_empty();
    let stream = terraform.attributes("fanner_stream.fraud");
    assert_eq!((&stream["shard_count"], &stream["open_shard_count"]), (&json!(2), &json!(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_destroyed_elsewhere_is_planned_anew() {
    let (world, terraform) = applied().await;
    let fraud = "fraud-signals".parse().unwrap();
    world.platform().delete_stream(&fraud).await.unwrap();
    eventually("the stream to be gone", async || world.platform().stream(&fraud).await.is_err().then_some(())).await;
    assert_eq!(terraform.planned_changes(), ["fanner_stream.fraud: create"]);
}

async fn applied() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped"]).await;
    let terraform = Workspace::new(&world);
    terraform.write(STREAM).apply();
    (world, terraform)
}
