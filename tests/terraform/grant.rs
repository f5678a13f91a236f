//! `fanner_grant`: a standing permission, given, replaced, taken back.

use fanner_model::Classification;
use fanner_tests::flow::{flows, flows_no_more};
use fanner_tests::{Workspace, World, named};
use jiff::SignedDuration;

const STREAM: &str = "resource \"fanner_stream\" \"s\" {\n  name = \"signals\"\n  shard_count = 1\n  purpose = \"fraud-detection\"\n  events = [\"card_swiped\", \"own\"]\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_permission_lets_events_flow_without_a_request_until_it_is_taken_back() {
    let (world, owner) = declared().await;
    owner.write(&grant("event = \"card_swiped\"", "2099-01-31T00:00:00Z")).apply();
    owner.plan_is_empty();
    let fraud = Workspace::with_token(&world, &world.token("fraud").await);
    fraud.write(STREAM).apply();
    fraud.plan_is_empty();
    assert_eq!(fraud.attributes("fanner_stream.s")["access"]["card_swiped"]["status"], "active");
    assert!(world.platform().requests(None, true).await.unwrap().items.is_empty());
    flows(&world, "signals", "card_swiped").await;

    owner.destroy();
    flows_no_more(&world, "signals", "card_swiped", "own").await;
    assert!(world.platform().permissions(None).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_end_is_another_permission_which_begins_before_the_old_one_ends() {
    let (world, owner) = declared().await;
    owner.write(&grant("owned_by = \"payments\"", "2099-01-31T00:00:00Z")).apply();
    owner.write(&grant("owned_by = \"payments\"", "2099-12-31T00:00:00Z"));
    assert_eq!(owner.planned_changes(), ["fanner_grant.g: create+delete"]);
    owner.apply();
    owner.plan_is_empty();
    let permissions = world.platform().permissions(None).await.unwrap().items;
    assert_eq!(permissions.len(), 1);
    assert_eq!(owner.attributes("fanner_grant.g")["id"], permissions[0].id.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_somebody_took_back_is_planned_anew_and_one_is_imported_by_its_id() {
    let (world, owner) = declared().await;
    owner.write(&grant("event = \"card_swiped\"", "2099-01-31T00:00:00Z")).apply();
    let before = owner.attributes("fanner_grant.g");
    let id = before["id"].as_str().unwrap();
    owner.run(&["state", "rm", "fanner_grant.g"]).ok("state rm");
    owner.run(&["import", "-no-color", "fanner_grant.g", id]).ok("import");
    owner.plan_is_empty();
    assert_eq!(owner.attributes("fanner_grant.g"), before);
    world.security().end_permission(id.parse().unwrap()).await.expect("security may");
    assert_eq!(owner.planned_changes(), ["fanner_grant.g: create"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_never_work_is_refused_at_plan_where_it_stands() {
    let (world, owner) = declared().await;
    world.declare("payments", Classification::Confidential, &["salary_paid"]).await;
    for (line, words) in [
        (r#"event = "salary_paid""#, "a standing permission includes `public` and `internal` events only"),
        (r#"event = "card_swipped""#, "did you mean `card_swiped`?"),
        (r#"owned_by = "ads""#, "belongs to team `ads`; a token of team `payments` may not touch it"),
        ("everything = true", "Only security can give a standing permission for everything"),
        ("everything = false", "`false` says nothing; leave it out"),
        ("", "One of `event`, `owned_by`, `everything` must be set"),
        (r#"event = "card_swiped""#, "is over; choose a later end"),
    ] {
        let end = if words.contains("over") { "2001-01-31T00:00:00Z" } else { "2099-01-31T00:00:00Z" };
        let refused = owner.write(&grant(line, end)).plan_fails();
        assert!(refused.contains(words), "{line}:\n{refused}");
        assert!(refused.contains("main.tf line") && refused.matches("Error: ").count() == 1, "{line}:\n{refused}");
    }
    assert!(world.platform().permissions(None).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_declared_with_it_can_be_permitted() {
    let (_world, owner) = declared().await;
    let event =
        "resource \"fanner_event_type\" \"e\" {\n  name = \"refund_paid\"\n  classification = \"internal\"\n}\n";
    let grant = grant("event = fanner_event_type.e.id", "2099-01-31T00:00:00Z");
    owner.write(&[event, &grant].concat()).apply();
    owner.plan_is_empty();
    owner.destroy();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_near_is_told_by_every_plan_of_owner_and_consumer() {
    let (world, owner) = declared().await;
    let declared = world.platform().event_type(&named("card_swiped")).await.unwrap().created_at;
    let end = declared + SignedDuration::from_hours(24 * 10);
    owner.write(&grant("event = \"card_swiped\"", &end.to_string())).apply();
    let told = owner.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]).ok("plan").text;
    assert!(told.contains("The standing permission soon ends") && told.contains("No changes"), "{told}");

    let fraud = Workspace::with_token(&world, &world.token("fraud").await);
    fraud.write(STREAM).apply();
    let told = fraud.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]).ok("plan").text;
    assert!(told.contains(&format!("`card_swiped` flows until {end}")) && told.contains("No changes"), "{told}");
}

/// Team `payments` owns `card_swiped`, and this is its Terraform; team `fraud` owns `own`.
async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("payments", Classification::Internal, &["card_swiped"]).await;
    world.declare("fraud", Classification::Internal, &["own"]).await;
    let owner = Workspace::with_token(&world, &world.token("payments").await);
    (world, owner)
}

fn grant(events: &str, end: &str) -> String {
    format!(
        "resource \"fanner_grant\" \"g\" {{\n  team = \"fraud\"\n  {events}\n  expires_at = \"{end}\"\n  lifecycle {{\n    \
         create_before_destroy = true\n  }}\n}}\n"
    )
}
