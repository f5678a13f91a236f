//! What goes wrong: each time one clear message at the right attribute, and nothing half done.

use fanner_model::Classification;
use fanner_tests::{Workspace, World};

#[tokio::test(flavor = "multi_thread")]
async fn bad_values_are_refused_where_they_stand() {
    let (world, terraform) = declared().await;
    for (line, words) in [
        (r#"events = ["card_swipped"]"#, "Event `card_swipped` is not declared; did you mean `card_swiped`?"),
        ("shard_count = 0", "0 shards are not possible; a provisioned stream has 1 to 10000"),
        ("retention_hours = 12", "12 hours of retention are not possible; Kinesis keeps records 24 to 8760 hours"),
        (r#"readers = ["fraud-reader"]"#, "Role `fraud-reader` is not an IAM role"),
        ("reader_role = { trusted = [] }", "Nobody is trusted; name at least one role that may assume the reader role"),
        (r#"reader_role = { trusted = ["scorer"] }"#, "Role `scorer` is not an IAM role"),
        (
            r#"reader_role = { trusted = ["arn:aws:iam::123456789012:role/a"], application = "a/b" }"#,
            "Application `a/b` contains `/`; use only",
        ),
        (r#"reader_role = { trusted = ["arn:aws:iam::123456789012:role/a"] }"#, "This platform makes no reader roles"),
        (r#"kms_key_arn = "my key""#, "KMS key `my key` is not a KMS key"),
        (r#"tags = { "aws:x" = "1" }"#, "Tag key `aws:x` starts with `aws:`, which is reserved"),
        (r#"format = "xml""#, "xml"),
        (r#"timeouts = { create = "soon" }"#, "soon"),
    ] {
        terraform.write(&format!("resource \"fanner_stream\" \"s\" {{\n  name = \"s\"\n  {line}\n}}\n"));
        let refused = terraform.plan_fails();
        assert!(refused.contains(words), "{line}:\n{refused}");
        assert!(refused.contains("main.tf line 11, in resource \"fanner_stream\" \"s\""), "{line}:\n{refused}");
        assert_eq!(refused.matches("Error: ").count(), 1, "{line}:\n{refused}");
    }
    assert_eq!(world.stream_names().await, ["global-events"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_kinesis_refuses_is_refused_first() {
    let (_world, terraform) = declared().await;
    let refused = terraform.write("resource \"fanner_stream\" \"s\" {\n  name = \"fraud signals\"\n}\n").plan_fails();
    assert!(refused.contains("Stream name `fraud signals` contains ` `; use only"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_global_event_stream_is_nobodys() {
    let (_world, terraform) = declared().await;
    let refused = terraform.write("resource \"fanner_stream\" \"s\" {\n  name = \"global-events\"\n}\n").plan_fails();
    assert!(refused.contains("`global-events`"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kinesis_stream_that_is_not_ours_is_never_touched() {
    let (world, terraform) = declared().await;
    world.kinesis().create_stream().stream_name("legacy").shard_count(1).send().await.unwrap();
    let refused = terraform.write("resource \"fanner_stream\" \"s\" {\n  name = \"legacy\"\n}\n").apply_fails();
    assert!(refused.contains("`legacy`"), "{refused}");
    assert!(terraform.attributes("fanner_stream.s").is_null());
    assert!(world.describe("legacy").await.is_some());
    assert!(world.platform().streams(None).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_token_is_one_error_at_the_provider() {
    let (world, _) = declared().await;
    for token in ["", "fnr_wrong"] {
        let terraform = Workspace::with_token(&world, token);
        let refused = terraform.write(&two_streams()).plan_fails();
        assert!(refused.contains("token"), "{refused}");
        assert_eq!(refused.matches("Error: ").count(), 1, "{refused}");
        assert!(!refused.contains("fnr_wrong"), "the token is shown:\n{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_other_teams_are_denied_at_plan_with_the_reason() {
    let (world, _) = declared().await;
    let terraform = Workspace::with_token(&world, &world.token("growth").await);
    let stream = "resource \"fanner_stream\" \"s\" {\n  name   = \"growth-1\"\n  events = [\"card_swiped\", \"weather_observed\"]\n}\n";
    let refused = terraform.write(stream).plan_fails();
    assert!(refused.contains("add `purpose`; it needs an approved grant; owner: team `platform`"), "{refused}");
    assert!(!refused.contains("`weather_observed`:"), "{refused}");
    assert!(refused.contains("main.tf line 11"), "{refused}");

    terraform.write(&stream.replace("\"card_swiped\", ", "")).apply();
    terraform.plan_is_empty();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_teams_stream_cannot_be_taken_over() {
    let (world, terraform) = declared().await;
    terraform.write("resource \"fanner_stream\" \"s\" {\n  name = \"fraud-signals\"\n}\n").apply();
    let stranger = Workspace::with_token(&world, &world.token("growth").await);
    let refused = stranger.write("resource \"fanner_stream\" \"s\" {\n  name = \"fraud-signals\"\n}\n").plan_fails();
    assert!(refused.contains("team `platform`"), "{refused}");
    let refused = stranger.run(&["import", "-no-color", "fanner_stream.s", "fraud-signals"]).failed("import");
    assert!(refused.contains("fraud-signals"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_exists_is_imported_not_created() {
    let (world, terraform) = declared().await;
    terraform.write("resource \"fanner_stream\" \"s\" {\n  name = \"fraud-signals\"\n}\n").apply();
    let second = Workspace::new(&world);
    let refused = second.write("resource \"fanner_stream\" \"s\" {\n  name = \"fraud-signals\"\n}\n").apply_fails();
    assert!(refused.contains("import"), "{refused}");
    assert!(second.attributes("fanner_stream.s").is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_that_is_away_is_one_error() {
    let (world, _) = declared().await;
    let terraform = Workspace::new(&world).and("FANNER_ENDPOINT", "http://127.0.0.1:9");
    let refused = terraform.write(&two_streams()).plan_fails();
    assert!(refused.contains("The control plane at `http://127.0.0.1:9` cannot be reached"), "{refused}");
    assert_eq!(refused.matches("Error: ").count(), 1, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_permission_leaves_nothing_behind() {
    let (world, terraform) = declared().await;
    world.deny("CreateStream");
    let refused = terraform.write("resource \"fanner_stream\" \"s\" {\n  name = \"s\"\n}\n").apply_fails();
    assert!(refused.contains("kinesis:CreateStream"), "{refused}");
    assert!(terraform.attributes("fanner_stream.s").is_null());
    assert!(world.platform().streams(None).await.unwrap().items.is_empty());
    world.faults().clear();
    terraform.apply();
    terraform.plan_is_empty();
}

async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped"]).await;
    world.declare("platform", Classification::Public, &["weather_observed"]).await;
    let terraform = Workspace::new(&world);
    (world, terraform)
}

fn two_streams() -> String {
    ["a", "b"].map(|name| format!("resource \"fanner_stream\" \"{name}\" {{\n  name = \"{name}\"\n}}\n")).concat()
}
