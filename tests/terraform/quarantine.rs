//! `fanner_quarantine`: what stops everything else, and lets it go on.

use fanner_model::Classification;
use fanner_tests::flow::{flows, flows_no_more};
use fanner_tests::{Workspace, World};

const INCIDENT: &str = "resource \"fanner_quarantine\" \"q\" {\n  everybody = true\n  event = \"card_swiped\"\n  reason = \"INC-4711: card numbers\"\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantine_stops_an_event_for_everybody_until_it_is_destroyed() {
    let world = World::new().await;
    world.declare("fraud", Classification::Internal, &["card_swiped", "own"]).await;
    let fraud = Workspace::with_token(&world, &world.token("fraud").await);
    let stream = "resource \"fanner_stream\" \"s\" {\n  name = \"signals\"\n  shard_count = 1\n  events = [\"card_swiped\", \"own\"]\n}\n";
    fraud.write(stream).apply();
    flows(&world, "signals", "card_swiped").await;

    let security = Workspace::as_security(&world);
    security.write(INCIDENT).apply();
    security.plan_is_empty();
    flows_no_more(&world, "signals", "card_swiped", "own").await;
    let told = fraud.run(&["plan", "-no-color", "-input=false"]).ok("plan").text;
    assert!(told.contains("INC-4711: card numbers"), "{told}");

    security.destroy();
    flows(&world, "signals", "card_swiped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantine_is_imported_by_its_id_and_imposed_by_security_alone() {
    let world = World::new().await;
    let security = Workspace::as_security(&world);
    security.write(INCIDENT).apply();
    let before = security.attributes("fanner_quarantine.q");
    security.run(&["state", "rm", "fanner_quarantine.q"]).ok("state rm");
    let id = before["id"].as_str().unwrap();
    security.run(&["import", "-no-color", "fanner_quarantine.q", id]).ok("import");
    security.plan_is_empty();
    assert_eq!(security.attributes("fanner_quarantine.q"), before);

    let refused = Workspace::new(&world).write(INCIDENT).apply_fails();
    assert!(refused.contains("may not change quarantines; use one of role `security`"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_and_what_it_is_about_is_said_once() {
    let world = World::new().await;
    let security = Workspace::as_security(&world);
    for (change, words) in [
        (("everybody = true", "everybody = true\n  team = \"fraud\""), "`team` and `everybody` are both set"),
        (("everybody = true", ""), "One of `team`, `stream`, `everybody` must be set"),
        (("event = \"card_swiped\"", ""), "One of `event`, `owned_by`, `everything` must be set"),
    ] {
        let refused = security.write(&INCIDENT.replace(change.0, change.1)).plan_fails();
        assert!(refused.contains(words), "{refused}");
    }
}
