//! `fanner_policy`: put in force, changed, taken back, and what consumers notice of it.

use fanner_model::Classification;
use fanner_tests::flow::{flows, flows_no_more};
use fanner_tests::{Workspace, World, named};

const CARDS: &str = r#"
resource "fanner_policy" "cards" {
  name        = "cards"
  description = "Who may have card data"
  text        = <<-EOT
    @id("cards.not-for-growth")
    @reason("{team} is not to have {event}")
    @remedy("ask team payments")
    forbid (principal in Fanner::Team::"growth", action == Fanner::Action::"Receive", resource == Fanner::EventType::"card_swiped");
  EOT
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_put_in_force_changed_in_place_and_taken_back() {
    let world = World::new().await;
    let security = Workspace::as_security(&world);
    security.write(CARDS).apply();
    security.plan_is_empty();
    assert_eq!(security.attributes("fanner_policy.cards")["version"], 1);

    security.write(&CARDS.replace("ask team payments", "ask team cards"));
    assert_eq!(security.planned_changes(), ["fanner_policy.cards: update"]);
    security.apply();
    security.plan_is_empty();
    let policy = world.security().policy(&named("cards")).await.expect("it is in force");
    assert!(policy.version == 2 && policy.spec.text.contains("ask team cards"), "{policy:?}");

    security.destroy();
    assert!(world.security().policy(&named("cards")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stricter_policy_is_told_by_the_consumers_next_plan_until_it_is_rolled_back() {
    let world = World::new().await;
    world.declare("payments", Classification::Public, &["card_swiped", "shop_opened"]).await;
    let growth = Workspace::with_token(&world, &world.token("growth").await);
    let stream = |events: &str| {
        format!(
            "resource \"fanner_stream\" \"s\" {{\n  name = \"funnel\"\n  shard_count = 1\n  events = {events}\n}}\n"
        )
    };
    growth.write(&stream(r#"["card_swiped", "shop_opened"]"#)).apply();
    flows(&world, "funnel", "card_swiped").await;

    let security = Workspace::as_security(&world);
    let planned = security.write(CARDS).run(&["plan", "-no-color", "-input=false"]).ok("plan").text;
    assert!(planned.contains("`funnel` of team `growth` loses `card_swiped` (`cards.not-for-growth`)"), "{planned}");
    security.apply();
    flows_no_more(&world, "funnel", "card_swiped", "shop_opened").await;
    let told = growth.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]).ok("plan").text;
    assert!(told.contains("These events do not flow"), "{told}");
    assert!(told.contains("`card_swiped`: `growth` is not to have `card_swiped`"), "{told}");
    assert!(told.contains("No changes"), "{told}");
    let other = Workspace::with_token(&world, &world.token("growth").await);
    let refused = other.write(&stream(r#"["card_swiped"]"#).replace("funnel", "second")).plan_fails();
    assert!(refused.contains("The team may not have these events"), "{refused}");

    let planned = security.run(&["plan", "-destroy", "-no-color", "-input=false"]).ok("plan -destroy").text;
    assert!(planned.contains("`funnel` of team `growth` gains `card_swiped`"), "{planned}");
    security.destroy();
    flows(&world, "funnel", "card_swiped").await;
    let told = growth.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]).ok("plan").text;
    assert!(!told.contains("These events do not flow"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_with_a_mistake_is_refused_at_its_text_with_its_place() {
    let world = World::new().await;
    let security = Workspace::as_security(&world);
    security.write(&CARDS.replace("principal in", "principle in"));
    let refused = security.plan_fails();
    assert!(refused.contains("olicy document `cards`, line 4, column"), "{refused}");
    assert!(refused.contains("on main.tf line 13, in resource \"fanner_policy\" \"cards\""), "{refused}");
    assert!(world.security().policy(&named("cards")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_security_changes_policies() {
    let world = World::new().await;
    for token in [world.token("growth").await, world.variable("FANNER_TOKEN").to_owned()] {
        let terraform = Workspace::with_token(&world, &token);
        let refused = terraform.write(CARDS).apply_fails();
        assert!(refused.contains("use one of role `security`"), "{refused}");
        assert!(terraform.attributes("fanner_policy.cards").is_null());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_somebody_changed_is_drift_and_one_is_imported_by_its_name() {
    let world = World::new().await;
    let security = Workspace::as_security(&world);
    security.write(CARDS).apply();
    let before = security.attributes("fanner_policy.cards");
    security.run(&["state", "rm", "fanner_policy.cards"]).ok("state rm");
    security.run(&["import", "-no-color", "fanner_policy.cards", "cards"]).ok("import");
    security.plan_is_empty();
    assert_eq!(security.attributes("fanner_policy.cards"), before);

    world.security().delete_policy(&named("cards")).await.expect("security may");
    assert_eq!(security.planned_changes(), ["fanner_policy.cards: create"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_that_ships_is_replaced_and_in_force_again_afterwards() {
    let world = World::new().await;
    let shipped = world.security().policy(&named("default")).await.expect("it ships").spec.text;
    let security = Workspace::as_security(&world);
    std::fs::write(security.path().join("default.cedar"), format!("{shipped}\n// And nothing else.\n")).unwrap();
    let ours = "resource \"fanner_policy\" \"default\" {\n  name = \"default\"\n  text = file(\"default.cedar\")\n}\n";
    security.write(ours).apply();
    security.plan_is_empty();
    assert_eq!(world.security().policy(&named("default")).await.expect("it is in force").version, 1);
    security.destroy();
    assert_eq!(world.security().policy(&named("default")).await.expect("it ships").spec.text, shipped);
}
