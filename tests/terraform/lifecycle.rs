//! Terraform's own ways to replace things, and states that other versions wrote.

use fanner_model::Classification;
use fanner_tests::{Workspace, World};
use serde_json::{Value, json};

const STREAM: &str =
    "resource \"fanner_stream\" \"s\" {\n  name   = \"fraud-signals\"\n  events = [\"card_swiped\"]\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_tainted_stream_is_replaced() {
    let (world, terraform) = applied().await;
    let before = terraform.attributes("fanner_stream.s")["id"].clone();
    terraform.run(&["taint", "fanner_stream.s"]).ok("taint");
    assert_eq!(terraform.planned_changes(), ["fanner_stream.s: delete+create"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert_ne!(terraform.attributes("fanner_stream.s")["id"], before);
    assert!(world.describe("fraud-signals").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_stream_can_be_created_before_the_old_one_goes() {
    let (world, terraform) = applied().await;
    let renamed = STREAM
        .replace("fraud-signals", "fraud-2")
        .replace("\n}", "\n  lifecycle {\n    create_before_destroy = true\n  }\n}");
    terraform.write(&renamed);
    assert_eq!(terraform.planned_changes(), ["fanner_stream.s: create+delete"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(world.stream_names().await, ["fraud-2", "global-events"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_replaced_with_what_triggers_it() {
    let (_world, terraform) = applied().await;
    let triggered = |input: &str| {
        let lifecycle = "\n  lifecycle {\n    replace_triggered_by = [terraform_data.t]\n  }\n}";
        let trigger = format!("resource \"terraform_data\" \"t\" {{\n  input = \"{input}\"\n}}\n");
        [trigger, STREAM.replace("\n}", lifecycle)].concat()
    };
    terraform.write(&triggered("1")).apply();
    terraform.write(&triggered("2"));
    assert_eq!(terraform.planned_changes(), ["fanner_stream.s: delete+create", "terraform_data.t: update"]);
    terraform.apply();
    terraform.plan_is_empty();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_depends_on_a_new_stream_is_known_after_it() {
    let (_world, terraform) = applied().await;
    let other = "resource \"fanner_stream\" \"t\" {\n  name        = \"t\"\n  description = \"beside ${fanner_stream.s.arn}\"\n}\n";
    terraform.write(&[STREAM, other].concat()).apply();
    terraform.plan_is_empty();
    let arn = terraform.attributes("fanner_stream.s")["arn"].as_str().unwrap().to_owned();
    assert_eq!(terraform.attributes("fanner_stream.t")["description"], format!("beside {arn}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_a_newer_provider_is_refused_and_kept() {
    let (_world, terraform) = applied().await;
    let state = terraform.path().join("terraform.tfstate");
    change_instance(&state, |instance| instance["schema_version"] = json!(99));
    let refused = terraform.plan_fails();
    assert!(refused.contains("newer provider version"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_without_an_attribute_that_came_later_plans_nothing() {
    let (_world, terraform) = applied().await;
    let state = terraform.path().join("terraform.tfstate");
    change_instance(&state, |instance| {
        let attributes = instance["attributes"].as_object_mut().unwrap();
        attributes.remove("description");
        attributes.remove("timeouts");
        attributes.insert("an_attribute_that_is_no_more".into(), json!("old"));
    });
    terraform.plan_is_empty();
}

async fn applied() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped"]).await;
    let terraform = Workspace::new(&world);
    terraform.write(STREAM).apply();
    (world, terraform)
}

fn change_instance(file: &std::path::Path, change: impl FnOnce(&mut Value)) {
    let text = std::fs::read_to_string(file).expect("there is a state");
    let mut state: Value = serde_json::from_str(&text).expect("a state is JSON");
    change(&mut state["resources"][0]["instances"][0]);
    let serial = state["serial"].as_u64().unwrap_or_default();
    state["serial"] = json!(serial + 1);
    std::fs::write(file, state.to_string()).expect("the folder can be written");
}
