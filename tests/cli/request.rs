//! From a request to its grant, and to the end of it, in a shell.

use std::time::Duration;

use fanner_client::Precondition;
use fanner_model::{AccessRequest, EventTypeSpec, Role, Secret, TeamSpec};
use fanner_tests::{Plane, eventually, named, settled, spec};
use serde_json::{Value, json};

use crate::{fannerctl, stable};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_listed_approved_and_becomes_a_grant() {
    let (plane, request, _) = asked().await;
    let (id, owner) = (request.id.to_string(), plane.token("payments", Role::Member).await);
    let listed = fannerctl(&plane, &owner, &["requests", "--pending"]).await.done();
    let approved = fannerctl(&plane, &owner, &["request", "approve", &id, "--comment", "as agreed"]).await.done();
    let waiting = fannerctl(&plane, &owner, &["requests", "--pending"]).await.done();
    let grants = fannerctl(&plane, &owner, &["grants", "--live"]).await.done();
    let _stable = stable();
    insta::assert_snapshot!([listed, approved, waiting, grants].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_what_they_asked_for() {
    let (plane, request, asking) = asked().await;
    let id = request.id.to_string();
    let refused = fannerctl(&plane, &asking, &["request", "approve", &id]).await.refused();
    let waiting = fannerctl(&plane, &asking, &["request", "show", &id]).await.done();
    let _stable = stable();
    insta::assert_snapshot!([refused, waiting].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_is_read_by_those_who_asked_and_they_may_ask_anew() {
    let (plane, request, asking) = asked().await;
    let (id, owner) = (request.id.to_string(), plane.token("payments", Role::Member).await);
    let reason = "use `card_used`\u{1b}[2J";
    fannerctl(&plane, &owner, &["request", "reject", &id, "--reason", reason]).await.done();
    let rejected = fannerctl(&plane, &asking, &["request", "show", &id]).await.done();
    let renewed = fannerctl(&plane, &asking, &["request", "renew", &id, "--output", "json"]).await.done();
    let renewed: Value = serde_json::from_str(&renewed).expect("it is JSON");
    let other = renewed["id"].as_str().expect("it has an id");
    let withdrawn = fannerctl(&plane, &asking, &["request", "withdraw", other]).await.done();
    let _stable = stable();
    insta::assert_snapshot!([rejected, withdrawn].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_shown_extended_and_revoked() {
    let (plane, request, asking) = asked().await;
    let (id, owner) = (request.id.to_string(), plane.token("payments", Role::Member).await);
    fannerctl(&plane, &owner, &["request", "approve", &id]).await.done();
    let listed = fannerctl(&plane, &owner, &["grants", "--output", "json"]).await.done();
    let listed: Value = serde_json::from_str(&listed).expect("it is JSON");
    let grant = listed[0]["id"].as_str().expect("it has an id");
    let shown = fannerctl(&plane, &owner, &["grant", "show", grant]).await.done();
    let early = fannerctl(&plane, &asking, &["grant", "extend", grant, "--until", "2020-01-31"]).await.refused();
    plane.clock.advance(Duration::from_secs(24 * 3600));
    let asking = plane.token("fraud", Role::Member).await;
    let owner = plane.token("payments", Role::Member).await;
    let longer = fannerctl(&plane, &asking, &["grant", "extend", grant]).await.done();
    let revoked = fannerctl(&plane, &owner, &["grant", "revoke", grant, "--reason", "a leak"]).await.done();
    let again = fannerctl(&plane, &owner, &["grant", "revoke", grant, "--reason", "a leak"]).await.refused();
    let _stable = stable();
    insta::assert_snapshot!([shown, early, longer, revoked, again].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_that_end_soon_can_be_told_from_the_others() {
    let (plane, request, _) = asked().await;
    let (id, owner) = (request.id.to_string(), plane.token("payments", Role::Member).await);
    fannerctl(&plane, &owner, &["request", "approve", &id]).await.done();
    let lines = async |days| fannerctl(&plane, &owner, &["grants", "--expiring", days]).await.done().lines().count();
    assert_eq!((lines("179").await, lines("181").await), (1, 2), "there is a head, and a grant for 180 days");
}

/// A stream `s` of team `fraud` that asks for `card_swiped` of team `payments`, the request that follows, and who asked.
async fn asked() -> (Plane, AccessRequest, Secret) {
    let plane = Plane::on_sqlite().await;
    let declared: EventTypeSpec = spec(json!({"classification": "internal", "purposes": ["fraud-detection"]}));
    let payments = plane.member("payments").await;
    payments.put_event_type(&named("card_swiped"), &declared, Precondition::None).await.expect("it is declared");
    let team: TeamSpec = spec(json!({"clearance": "restricted"}));
    plane.platform().await.put_team(&named("fraud"), &team, Precondition::None).await.expect("the platform may");
    let asking = plane.token("fraud", Role::Member).await;
    let fraud = plane.client(&asking);
    settled(&fraud, "s", json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["card_swiped"]})).await;
    let request =
        eventually("the request", async || fraud.requests(None, true).await.expect("a list").items.pop()).await;
    (plane, request, asking)
}
