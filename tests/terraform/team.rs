//! `fanner_team`: described, off-boarded, forgotten.

use fanner_client::Precondition;
use fanner_model::Classification;
use fanner_tests::flow::{delivered, flows, publish};
use fanner_tests::{Workspace, World, eventually, named, spec};
use serde_json::json;

const FRAUD: &str = r#"
resource "fanner_team" "fraud" {
  name      = "fraud"
  clearance = "confidential"
  trainings = { pii-2026 = "2099-01-31T01:00:00+01:00" }
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_described_changed_in_place_imported_and_forgotten() {
    let world = World::new().await;
    let terraform = Workspace::new(&world);
    terraform.write(FRAUD).apply();
    terraform.plan_is_empty();
    let before = terraform.attributes("fanner_team.fraud");
    assert_eq!((&before["active"], &before["version"]), (&json!(true), &json!(1)));

    terraform.run(&["state", "rm", "fanner_team.fraud"]).ok("state rm");
    terraform.run(&["import", "-no-color", "fanner_team.fraud", "fraud"]).ok("import");
    terraform.write(&FRAUD.replace("2099-01-31T01:00:00+01:00", "2099-01-31T00:00:00Z")).plan_is_empty();

    terraform.write(&FRAUD.replace("confidential", "restricted"));
    assert_eq!(terraform.planned_changes(), ["fanner_team.fraud: update"]);
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(world.platform().team(&named("fraud")).await.unwrap().spec.clearance, Classification::Restricted);
    terraform.destroy();
    assert!(world.platform().team(&named("fraud")).await.unwrap_err().is_not_found());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changed_about_a_team_is_drift() {
    let world = World::new().await;
    let terraform = Workspace::new(&world);
    terraform.write(FRAUD).apply();
    let other = spec(json!({"clearance": "restricted"}));
    world.security().put_team(&named("fraud"), &other, Precondition::None).await.expect("security may");
    let drift = &terraform.plan()["resource_drift"][0]["change"]["after"];
    assert_eq!((&drift["clearance"], &drift["trainings"]), (&json!("restricted"), &json!({})));
    terraform.apply();
    terraform.plan_is_empty();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_off_boarded_team_receives_nothing_until_it_is_back() {
    let world = World::new().await;
    world.declare("payments", Classification::Public, &["card_swiped", "shop_opened"]).await;
    let consumers = ["fraud", "growth"].map(|team| (team, format!("{team}-signals")));
    for (team, stream) in &consumers {
        let asked = spec(json!({"shard_count": 1, "events": ["card_swiped", "shop_opened"]}));
        let member = world.member(team).await;
        member.put_stream(&named(stream), &asked, Precondition::None).await.expect("it is accepted");
        eventually("the stream", async || member.stream(&named(stream)).await.ok().filter(|it| it.is_ready())).await;
    }
    let (fraud, growth) = (&consumers[0].1, &consumers[1].1);
    flows(&world, fraud, "card_swiped").await;

    let terraform = Workspace::new(&world);
    terraform.write(FRAUD).apply();
    let gone = FRAUD.replace("\n}\n", "\n  active    = false\n}\n");
    let planned = terraform.write(&gone).run(&["plan", "-no-color", "-input=false"]).ok("plan").text;
    assert!(planned.contains("no stream of team `fraud` receives anything"), "{planned}");
    terraform.apply();
    terraform.plan_is_empty();

    let mut number = 0;
    let withheld = eventually("the fanner to obey", async || {
        number += 1;
        let key = format!("card_swiped/gone-{number}");
        publish(&world, "card_swiped", &format!("gone-{number}"), "{}").await;
        eventually("the other team", async || delivered(&world, growth).await.contains_key(&key).then_some(())).await;
        (!delivered(&world, fraud).await.contains_key(&key)).then_some(key)
    })
    .await;
    terraform.write(FRAUD).apply();
    flows(&world, fraud, "card_swiped").await;
    assert!(!delivered(&world, fraud).await.contains_key(&withheld), "it was not only late");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_describes_no_team() {
    let world = World::new().await;
    let terraform = Workspace::with_token(&world, &world.token("fraud").await);
    let refused = terraform.write(FRAUD).apply_fails();
    assert!(refused.contains("may not change teams; use one of role `platform` or `security`"), "{refused}");
    assert!(terraform.attributes("fanner_team.fraud").is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_values_are_refused_where_they_stand() {
    let world = World::new().await;
    let terraform = Workspace::new(&world);
    for (line, words) in [
        (r#"clearance = "secret""#, "Unknown value `secret`, expected one of `public`, `internal`"),
        (r#"trainings = { PII = "2099-01-31T00:00:00Z" }"#, "Training `PII` contains `P`; use only"),
        (r#"trainings = { pii-2026 = "tomorrow" }"#, "tomorrow"),
    ] {
        terraform.write(&format!("resource \"fanner_team\" \"t\" {{\n  name = \"t\"\n  {line}\n}}\n"));
        let refused = terraform.plan_fails();
        assert!(refused.contains(words), "{line}:\n{refused}");
        assert!(refused.contains("main.tf line 11, in resource \"fanner_team\" \"t\""), "{line}:\n{refused}");
    }
}
