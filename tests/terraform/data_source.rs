//! Data sources: what is there, for other configurations to use.

use fanner_client::Precondition;
use fanner_model::Classification;
use fanner_tests::{Workspace, World, named, spec};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_another_configuration_made_can_be_looked_up() {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped"]).await;
    let maker = Workspace::new(&world);
    maker
        .write("resource \"fanner_stream\" \"s\" {\n  name   = \"fraud-signals\"\n  events = [\"card_swiped\"]\n}\n")
        .apply();
    let reader = Workspace::new(&world);
    reader.write("data \"fanner_stream\" \"s\" {\n  name = \"fraud-signals\"\n}\n").apply();
    let found = reader.attributes("data.fanner_stream.s");
    assert_eq!(found["arn"], maker.attributes("fanner_stream.s")["arn"]);
    assert_eq!(found["events"], json!(["card_swiped"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_there_is_an_error_that_names_it() {
    let world = World::new().await;
    let terraform = Workspace::new(&world);
    let refused = terraform.write("data \"fanner_stream\" \"s\" {\n  name = \"nowhere\"\n}\n").plan_fails();
    assert!(refused.contains("`nowhere`"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_lists_every_event_type() {
    let world = World::new().await;
    world.declare("payments", Classification::Internal, &["card_swiped", "account_opened"]).await;
    world.declare("weather", Classification::Public, &["weather_observed"]).await;
    let terraform = Workspace::new(&world);
    terraform.write("data \"fanner_event_types\" \"all\" {}\n").apply();
    let found = terraform.attributes("data.fanner_event_types.all");
    let names: Vec<_> = found["event_types"].as_array().unwrap().iter().map(|event_type| &event_type["name"]).collect();
    assert_eq!(names, ["account_opened", "card_swiped", "weather_observed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_nobody_described_is_looked_up_as_well() {
    let world = World::new().await;
    let described = spec(json!({"clearance": "restricted", "trainings": {"pii-2026": "2099-01-31T00:00:00Z"}}));
    world.platform().put_team(&named("fraud"), &described, Precondition::None).await.unwrap();
    let terraform = Workspace::with_token(&world, &world.token("growth").await);
    let data = |team| format!("data \"fanner_team\" \"{team}\" {{\n  name = \"{team}\"\n}}\n");
    terraform.write(&["fraud", "growth"].map(data).concat()).apply();
    let (fraud, growth) =
        (terraform.attributes("data.fanner_team.fraud"), terraform.attributes("data.fanner_team.growth"));
    assert_eq!((&fraud["described"], &fraud["clearance"]), (&json!(true), &json!("restricted")));
    assert_eq!(fraud["trainings"], json!({"pii-2026": "2099-01-31T00:00:00Z"}));
    assert_eq!(
        (&growth["described"], &growth["clearance"], &growth["active"]),
        (&json!(false), &json!("internal"), &json!(true))
    );
}
