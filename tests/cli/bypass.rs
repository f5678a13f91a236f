//! Ways around the fanner, from a shell.

use fanner_model::Role;
use fanner_tests::Plane;
use serde_json::Value;

use crate::{fannerctl, stable};

const ONCALL: &str = "arn:aws:iam::123456789012:role/oncall";

#[tokio::test(flavor = "multi_thread")]
async fn a_way_around_is_acknowledged_listed_and_taken_back() {
    let plane = Plane::on_sqlite().await;
    let security = plane.token("security", Role::Security).await;
    let until = (plane.clock.now() + std::time::Duration::from_secs(3_600)).to_string();
    let add = ["bypass", "acknowledge", ONCALL, "--reason", "INC-4711", "--until", &until, "--output", "json"];
    let made: Value = serde_json::from_str(&fannerctl(&plane, &security, &add).await.done()).expect("it is JSON");
    let listed = fannerctl(&plane, &security, &["bypass", "acknowledged"]).await.done();
    let id = made["id"].as_str().expect("it has an id");
    let retracted = fannerctl(&plane, &security, &["bypass", "retract", id]).await.done();
    let none = fannerctl(&plane, &security, &["bypass", "acknowledged"]).await.done();
    let _stable = stable();
    insta::assert_snapshot!([listed, retracted, none].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_or_cannot_know_is_told_why() {
    let plane = Plane::on_sqlite().await;
    let (member, auditor) = (plane.token("fraud", Role::Member).await, plane.token("audit", Role::Auditor).await);
    let foreign = fannerctl(&plane, &member, &["bypass", "report"]).await.refused();
    let unwatched = fannerctl(&plane, &auditor, &["bypass", "check"]).await.refused();
    insta::assert_snapshot!([foreign, unwatched].join(""));
}
