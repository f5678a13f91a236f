//! `fanner_subscription`: more events for a stream, with an end of their own.

use fanner_model::Classification;
use fanner_tests::{Workspace, World};

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
