//! `fanner_event_type`: declared, changed in place, referred to, imported, taken back.

use fanner_tests::{Workspace, World};
use serde_json::json;

const DECLARED: &str = r#"
resource "fanner_event_type" "card_swiped" {
  name           = "card_swiped"
  description    = "A card was used at a till."
  classification = "internal"
  purposes       = ["fraud-detection", "billing"]
  tags           = { domain = "payments" }
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_is_stored_and_changed_in_place() {
    let (_world, terraform) = started().await;
    terraform.write(DECLARED).apply();
    terraform.plan_is_empty();
    let event_type = terraform.attributes("fanner_event_type.card_swiped");
    assert_eq!((&event_type["id"], &event_type["version"]), (&json!("card_swiped"), &json!(1)));

    terraform.write(&DECLARED.replace("at a till", "at a shop"));
    assert_eq!(terraform.planned_changes(), ["fanner_event_type.card_swiped: update"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(terraform.attributes("fanner_event_type.card_swiped")["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_classification_it_is_restricted() {
    let (_world, terraform) = started().await;
    terraform.write("resource \"fanner_event_type\" \"e\" {\n  name = \"card_swiped\"\n}\n").apply();
    terraform.plan_is_empty();
    assert_eq!(terraform.attributes("fanner_event_type.e")["classification"], "restricted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_may_refer_to_an_event_type_that_is_declared_with_it() {
    let (_world, terraform) = started().await;
    let stream =
        "resource \"fanner_stream\" \"s\" {\n  name   = \"s\"\n  events = [fanner_event_type.card_swiped.id]\n}\n";
    terraform.write(&[DECLARED, stream].concat()).apply();
    terraform.plan_is_empty();
    terraform.destroy();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_in_use_is_not_taken_back() {
    let (world, terraform) = started().await;
    terraform.write(DECLARED).apply();
    let stream = "resource \"fanner_stream\" \"s\" {\n  name   = \"card-readers\"\n  events = [\"card_swiped\"]\n}\n";
    let other = Workspace::new(&world);
    other.write(stream).apply();
    let refused = terraform.run(&["destroy", "-auto-approve", "-no-color"]).failed("destroy");
    assert!(refused.contains("card-readers"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_type_is_imported_by_its_name() {
    let (_world, terraform) = started().await;
    terraform.write(DECLARED).apply();
    let before = terraform.attributes("fanner_event_type.card_swiped");
    terraform.run(&["state", "rm", "fanner_event_type.card_swiped"]).ok("state rm");
    terraform.run(&["import", "-no-color", "fanner_event_type.card_swiped", "card_swiped"]).ok("import");
    terraform.plan_is_empty();
    assert_eq!(terraform.attributes("fanner_event_type.card_swiped"), before);
}

async fn started() -> (World, Workspace) {
    let world = World::new().await;
    let terraform = Workspace::new(&world);
    (world, terraform)
}
