//! `fanner_stream`: created, changed in place, imported, destroyed.

use fanner_model::Classification;
use fanner_tests::{Workspace, World};

const SIX_LINES: &str = r#"
resource "fanner_stream" "fraud" {
  name            = "fraud-signals"
  shard_count     = 2
  retention_hours = 48
  events          = ["card_swiped", "account_opened"]
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn six_lines_make_a_stream_and_then_there_is_nothing_to_do() {
    let (world, terraform) = declared().await;
    terraform.write(SIX_LINES).apply();
    terraform.plan_is_empty();

    let summary = world.describe("fraud-signals").await.expect("the stream is in Kinesis");
    assert_eq!((summary.open_shard_count(), summary.retention_period_hours()), (2, 48));
    let stream = terraform.attributes("fanner_stream.fraud");
    assert_eq!(stream["status"], "active");
    assert_eq!(stream["open_shard_count"], 2);
    assert_eq!(stream["access"]["card_swiped"]["status"], "active");
    assert_eq!(stream["arn"], summary.stream_arn());
}

#[tokio::test(flavor = "multi_thread")]
async fn capacity_and_retention_change_in_place() {
    let (world, terraform) = declared().await;
    terraform.write(SIX_LINES).apply();
    let id = terraform.attributes("fanner_stream.fraud")["id"].clone();

    for (shards, retention) in [("shard_count = 5", 24), ("shard_count = 1", 24), ("", 24), ("shard_count = 3", 72)] {
        terraform.write(&stream(shards, retention, r#""card_swiped""#));
        assert_eq!(terraform.planned_changes(), ["fanner_stream.fraud: update"], "{shards} {retention}");
        terraform.apply();
        terraform.plan_is_empty();
        let summary = world.describe("fraud-signals").await.expect("the stream is in Kinesis");
        assert_eq!(summary.retention_period_hours(), retention);
        let wanted = shards.split(' ').next_back().and_then(|count| count.parse::<i32>().ok());
        let mode = if wanted.is_some() { "PROVISIONED" } else { "ON_DEMAND" };
        assert_eq!(summary.stream_mode_details().map(|details| details.stream_mode().as_str()), Some(mode));
        assert!(wanted.is_none_or(|count| summary.open_shard_count() == count), "{summary:?}");
    }
    assert_eq!(terraform.attributes("fanner_stream.fraud")["id"], id, "the stream was never replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_and_go_in_place() {
    let (world, terraform) = declared().await;
    for events in [r#""card_swiped""#, r#""card_swiped", "card_blocked""#, r#""card_blocked""#, ""] {
        terraform.write(&stream("shard_count = 1", 24, events)).apply();
        terraform.plan_is_empty();
        let spec = world.platform().stream(&"fraud-signals".parse().unwrap()).await.unwrap().spec;
        let names: Vec<_> = spec.events.iter().map(|name| format!("\"{name}\"")).collect();
        let mut wanted: Vec<_> = events.split(", ").filter(|name| !name.is_empty()).collect();
        wanted.sort_unstable();
        assert_eq!(names, wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_argument_survives_a_round_trip() {
    let (world, terraform) = declared().await;
    let all = r#"
resource "fanner_stream" "fraud" {
  name                = "fraud-signals"
  description         = "What the fraud models read."
  shard_count         = 1
  events              = ["weather_observed"]
  purpose             = "fraud-detection"
  team                = "fraud"
  readers             = ["arn:aws:iam::123456789012:role/fraud-reader"]
  format              = "envelope"
  partition_by        = "user_id"
  kms_key_arn         = "alias/aws/kinesis"
  tags                = { cost-center = "7", Owner = "fraud team" }
  timeouts            = { create = "2m", update = "2m", delete = "2m" }
}
"#;
    terraform.write(all).apply();
    terraform.plan_is_empty();
    let summary = world.describe("fraud-signals").await.expect("the stream is in Kinesis");
    assert_eq!(summary.encryption_type().map(|kind| kind.as_str()), Some("KMS"));
    let policy = world.resource_policy(summary.stream_arn()).await;
    assert!(policy.contains("arn:aws:iam::123456789012:role/fraud-reader"), "{policy}");

    terraform.write(&stream("shard_count = 1", 24, r#""weather_observed""#)).apply();
    terraform.plan_is_empty();
    let summary = world.describe("fraud-signals").await.expect("the stream is in Kinesis");
    assert_eq!(summary.encryption_type().map(|kind| kind.as_str()), Some("NONE"));
    assert!(!world.resource_policy(summary.stream_arn()).await.contains("fraud-reader"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_imported_by_its_name() {
    let (_world, terraform) = declared().await;
    terraform.write(SIX_LINES).apply();
    let before = terraform.attributes("fanner_stream.fraud");

    terraform.run(&["state", "rm", "fanner_stream.fraud"]).ok("state rm");
    terraform.run(&["import", "-no-color", "fanner_stream.fraud", "fraud-signals"]).ok("import");
    terraform.plan_is_empty();
    assert_eq!(terraform.attributes("fanner_stream.fraud"), before);

    terraform.run(&["state", "rm", "fanner_stream.fraud"]).ok("state rm");
    let block = "import {\n  to = fanner_stream.fraud\n  id = \"fraud-signals\"\n}\n";
    terraform.write(&[SIX_LINES, block].concat()).apply();
    terraform.plan_is_empty();

    let missing = terraform.run(&["import", "-no-color", "fanner_stream.fraud", "nowhere"]).failed("import");
    assert!(missing.contains("nowhere"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_import_wrote_plans_nothing() {
    let (_world, terraform) = declared().await;
    terraform.write(&stream("", 24, r#""card_swiped""#)).apply();
    terraform.run(&["state", "rm", "fanner_stream.fraud"]).ok("state rm");
    terraform.write("import {\n  to = fanner_stream.fraud\n  id = \"fraud-signals\"\n}\n");
    terraform.run(&["plan", "-no-color", "-generate-config-out=generated.tf"]).ok("plan");
    terraform.apply();
    terraform.plan_is_empty();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_stream_is_destroyed_only_after_its_protection() {
    let (world, terraform) = declared().await;
    let protected =
        SIX_LINES.replace("  shard_count     = 2\n", "  shard_count     = 2\n  deletion_protection = true\n");
    terraform.write(&protected).apply();

    let refused = terraform.run(&["plan", "-destroy", "-no-color"]).failed("plan -destroy");
    assert!(refused.contains("deletion_protection"), "{refused}");
    terraform.write(&protected.replace("fraud-signals", "other-name"));
    assert!(terraform.plan_fails().contains("deletion_protection"));
    assert!(world.describe("fraud-signals").await.is_some());

    terraform.write(SIX_LINES).apply();
    terraform.destroy();
    assert!(world.describe("fraud-signals").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy_leaves_nothing_in_kinesis() {
    let (world, terraform) = declared().await;
    terraform.write(SIX_LINES).apply();
    terraform.destroy();
    assert_eq!(world.stream_names().await, ["global-events"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_is_another_stream() {
    let (world, terraform) = declared().await;
    terraform.write(SIX_LINES).apply();
    terraform.write(&SIX_LINES.replace("fraud-signals", "fraud-2"));
    assert_eq!(terraform.planned_changes(), ["fanner_stream.fraud: delete+create"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(world.stream_names().await, ["fraud-2", "global-events"]);
}

async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped", "account_opened", "card_blocked"]).await;
    world.declare("platform", Classification::Public, &["weather_observed"]).await;
    let terraform = Workspace::new(&world);
    (world, terraform)
}

fn stream(shards: &str, retention: i32, events: &str) -> String {
    format!(
        "resource \"fanner_stream\" \"fraud\" {{\n  name = \"fraud-signals\"\n  {shards}\n  retention_hours = {retention}\n  \
         events = [{events}]\n}}\n"
    )
}
