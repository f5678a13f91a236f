//! `fanner_subscription`: more events for a stream, with an end of their own.

use fanner_client::Precondition;
use fanner_model::{Classification, Comment};
use fanner_tests::flow::{delivered, flows, publish};
use fanner_tests::{Workspace, World, eventually, named, spec};
use serde_json::json;

const STREAM: &str = r#"
resource "fanner_stream" "fraud" {
  name   = "fraud-signals"
  events = ["card_swiped"]
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_adds_events_without_touching_the_streams_own() {
    let (world, terraform) = declared().await;
    let more = subscription(r#"["account_opened"]"#, "");
    terraform.write(&[STREAM, &more].concat()).apply();
    terraform.plan_is_empty();

    let fraud = "fraud-signals".parse().unwrap();
    let own = world.platform().stream(&fraud).await.unwrap().spec.events;
    assert_eq!(own.iter().map(ToString::to_string).collect::<Vec<_>>(), ["card_swiped"]);
    let subscription = terraform.attributes("fanner_subscription.more");
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["access"]["account_opened"]["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_end_change_in_place() {
    let (_world, terraform) = declared().await;
    terraform.write(&[STREAM, &subscription(r#"["account_opened"]"#, "")].concat()).apply();
    let end = "expires_at = \"2099-12-31T00:00:00Z\"";
    terraform.write(&[STREAM, &subscription(r#"["account_opened", "card_blocked"]"#, end)].concat());
    assert_eq!(terraform.planned_changes(), ["fanner_subscription.more: update"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(terraform.attributes("fanner_subscription.more")["expires_at"], "2099-12-31T00:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_imported_by_its_id() {
    let (_world, terraform) = declared().await;
    terraform.write(&[STREAM, &subscription(r#"["account_opened"]"#, "")].concat()).apply();
    let before = terraform.attributes("fanner_subscription.more");
    let id = before["id"].as_str().unwrap();
    terraform.run(&["state", "rm", "fanner_subscription.more"]).ok("state rm");
    terraform.run(&["import", "-no-color", "fanner_subscription.more", id]).ok("import");
    terraform.plan_is_empty();
    assert_eq!(terraform.attributes("fanner_subscription.more"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy_ends_the_subscription_and_keeps_the_stream() {
    let (world, terraform) = declared().await;
    terraform.write(&[STREAM, &subscription(r#"["account_opened"]"#, "")].concat()).apply();
    terraform.write(STREAM).apply();
    terraform.plan_is_empty();
    assert_eq!(world.platform().subscriptions(None).await.unwrap().items, []);
    assert!(world.describe("fraud-signals").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_a_field_that_needs_care_can_be_had_without_that_field() {
    let world = World::new().await;
    world.declare("fraud", Classification::Internal, &["own"]).await;
    let payments = world.member("payments").await;
    let declared =
        spec(json!({"classification": "internal", "sensitive_fields": ["member.email"], "tags": {"pii": "yes"}}));
    payments.put_event_type(&named("member_joined"), &declared, Precondition::None).await.expect("it is declared");
    let fraud = Workspace::with_token(&world, &world.token("fraud").await);

    let refused = fraud.write(&research("")).plan_fails();
    assert!(refused.contains("lacks training `pii-2026`") && refused.contains("mask `member.email`"), "{refused}");
    fraud.write(&research("mask = [\"member.email\"]")).apply();
    fraud.plan_is_empty();
    let request = eventually("the request", async || payments.requests(None, true).await.unwrap().items.pop()).await;
    assert_eq!(request.mask, [named("member.email")].into());
    payments.approve(request.id, &Comment::default()).await.expect("the owner may");
    flows(&world, "signals", "member_joined").await;
    publish(&world, "member_joined", "masked", r#"{"member": {"email": "a@b.ch", "city": "Bern"}}"#).await;
    let masked = eventually("the event", async || delivered(&world, "signals").await.remove("member_joined/masked"));
    assert_eq!(masked.await, r#"{"member": {"email": null, "city": "Bern"}}"#);
    fraud.plan_is_empty();

    fraud.write(&research("")).apply();
    fraud.plan_is_empty();
    let access = &fraud.attributes("fanner_subscription.study")["access"]["member_joined"];
    let reason = access["reason"].as_str().unwrap();
    assert!(reason.contains("without `member.email`"), "the grant has the mask as well: {reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_values_are_refused_where_they_stand() {
    let (_world, terraform) = declared().await;
    for (change, words) in [
        (subscription(r#"["acount_opened"]"#, ""), "did you mean `account_opened`?"),
        (subscription(r#"["account_opened"]"#, "expires_at = \"tomorrow\""), "tomorrow"),
        (subscription(r#"["account_opened"]"#, "purpose = \"Fraud!\""), "Purpose `Fraud!`"),
    ] {
        terraform.write(&[STREAM, &change].concat());
        let refused = terraform.plan_fails();
        assert!(refused.contains(words), "{refused}");
        assert!(refused.contains("main.tf line"), "{refused}");
    }
}

async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped", "account_opened", "card_blocked"]).await;
    let terraform = Workspace::new(&world);
    (world, terraform)
}

fn subscription(events: &str, more: &str) -> String {
    format!(
        "resource \"fanner_subscription\" \"more\" {{\n  stream = fanner_stream.fraud.name\n  events = {events}\n  {more}\n}}\n"
    )
}

/// A stream `signals`, and a study with `member_joined`.
fn research(mask: &str) -> String {
    format!(
        "resource \"fanner_stream\" \"s\" {{\n  name = \"signals\"\n  shard_count = 1\n  events = [\"own\"]\n}}\n\n\
         resource \"fanner_subscription\" \"study\" {{\n  stream = fanner_stream.s.name\n  events = [\"member_joined\"]\n  \
         purpose = \"churn-study\"\n  {mask}\n}}\n"
    )
}
