//! Stopping deliveries from a shell.

use fanner_client::Precondition;
use fanner_model::{Role, TeamSpec};
use fanner_tests::{Plane, named, spec};
use serde_json::{Value, json};

use crate::{fannerctl, stable};

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantine_is_put_and_lifted() {
    let plane = Plane::on_sqlite().await;
    let security = plane.token("security", Role::Security).await;
    let add =
        ["quarantine", "add", "--everybody", "--owned-by", "payments", "--reason", "INC-4711", "--output", "json"];
    let put: Value = serde_json::from_str(&fannerctl(&plane, &security, &add).await.done()).expect("it is JSON");
    let listed = fannerctl(&plane, &security, &["quarantines"]).await.done();
    let id = put["id"].as_str().expect("it has an id");
    let lifted = fannerctl(&plane, &security, &["quarantine", "lift", id]).await.done();
    let none = fannerctl(&plane, &security, &["quarantines"]).await.done();
    let _stable = stable();
    insta::assert_snapshot!([listed, lifted, none].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantine_says_whom_it_is_about_and_is_securitys_to_put() {
    let plane = Plane::on_sqlite().await;
    let member = plane.token("fraud", Role::Member).await;
    let add = ["quarantine", "add", "--event", "card_swiped", "--reason", "INC-4711"];
    let nobody = fannerctl(&plane, &member, &add).await.refused();
    let all = [&add[..], &["--team", "fraud"]].concat();
    let refused = fannerctl(&plane, &member, &all).await.refused();
    insta::assert_snapshot!([nobody, refused].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_are_listed_with_what_they_are_trusted_with() {
    let plane = Plane::on_sqlite().await;
    let team: TeamSpec = spec(json!({"clearance": "restricted", "trainings": {"pii-2026": "2030-01-01T00:00:00Z"}}));
    plane.platform().await.put_team(&named("fraud"), &team, Precondition::None).await.expect("the platform may");
    let member = plane.token("fraud", Role::Member).await;
    insta::assert_snapshot!(fannerctl(&plane, &member, &["teams"]).await.done());
}
