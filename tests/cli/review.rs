//! What reviewers ask from a shell.

use std::fs;

use fanner_client::Precondition;
use fanner_model::{Comment, EventTypeSpec, Role, Secret};
use fanner_tests::{Plane, eventually, named, settled, spec};
use serde_json::{Value, json};

use crate::{fannerctl, stable};

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_sees_who_reads_its_event_and_why() {
    let plane = granted().await;
    let (owner, stranger) = (member(&plane, "payments").await, member(&plane, "growth").await);
    let readers = fannerctl(&plane, &owner, &["readers", "card_swiped"]).await.done();
    let explained = fannerctl(&plane, &owner, &["explain", "s", "card_swiped"]).await.done();
    let refused = fannerctl(&plane, &stranger, &["readers", "card_swiped"]).await.refused();
    let _stable = stable();
    insta::assert_snapshot!([readers, explained, refused].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_sees_what_it_reads_and_what_is_one_approval_away() {
    let plane = granted().await;
    let declared: EventTypeSpec = spec(json!({"classification": "internal", "purposes": ["fraud-detection"]}));
    let owner = plane.member("payments").await;
    owner.put_event_type(&named("refunded"), &declared, Precondition::None).await.expect("it is declared");
    let fraud = member(&plane, "fraud").await;
    let access = fannerctl(&plane, &fraud, &["team", "access", "fraud"]).await.done();
    let _stable = stable();
    insta::assert_snapshot!(access);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_checked_and_its_impact_shown_before_it_is_applied() {
    let plane = granted().await;
    let security = plane.token("security", Role::Security).await;
    let file = plane.folder().join("cards.cedar");
    let text = r#"@id("no-cards") forbid (principal, action == Fanner::Action::"Receive", resource == Fanner::EventType::"card_swiped");"#;
    fs::write(&file, text).expect("the file can be written");
    let file = file.to_str().expect("it is text");
    let checked = fannerctl(&plane, &security, &["policy", "check", file]).await.done();
    let shown = fannerctl(&plane, &security, &["policy", "diff", file]).await.done();
    fs::write(file, "permit (principal, action, resource) when { principal.colour };").expect("it can be written");
    let wrong = fannerctl(&plane, &security, &["policy", "check", file]).await.refused();
    let refused = fannerctl(&plane, &member(&plane, "fraud").await, &["policy", "diff", file]).await.refused();
    let _stable = stable();
    insta::assert_snapshot!([checked, shown, wrong, refused].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_opened_answered_exported_and_verified() {
    let plane = granted().await;
    let (security, owner) = (plane.token("security", Role::Security).await, member(&plane, "payments").await);
    let open = ["campaign", "open", "--title", "a review", "--due", "2100-01-01", "--output", "json"];
    let opened: Value = serde_json::from_str(&fannerctl(&plane, &security, &open).await.done()).expect("it is JSON");
    let id = opened["id"].as_str().expect("it has an id");
    let grants = fannerctl(&plane, &owner, &["grants", "--output", "json"]).await.done();
    let grants: Value = serde_json::from_str(&grants).expect("it is JSON");
    let grant = grants[0]["id"].as_str().expect("it has an id");
    let findings = fannerctl(&plane, &security, &["review", "findings"]).await.done();
    let attest = ["campaign", "attest", id, "--grant", grant, "--reason", "still needed"];
    let refused = fannerctl(&plane, &member(&plane, "fraud").await, &attest).await.refused();
    let attested = fannerctl(&plane, &owner, &attest).await.done();
    let listed = fannerctl(&plane, &security, &["campaigns"]).await.done();
    let folder = plane.folder().to_str().expect("it is text");
    let file = fannerctl(&plane, &security, &["campaign", "export", id, "--to", folder]).await.done();
    let verified = verified(&plane, &security, file.trim()).await;
    let _stable = stable();
    insta::assert_snapshot!([findings, refused, attested, listed, verified].join("\n"));
}

/// What is said of a file as it was exported, and after a change.
async fn verified(plane: &Plane, reader: &Secret, file: &str) -> String {
    plane.clock.advance(std::time::Duration::from_secs(61));
    let auditor = plane.client(&plane.token("audit", Role::Auditor).await);
    let key = eventually("a checkpoint", async || auditor.audit_checkpoint().await.ok()).await.key;
    let verify = ["campaign", "verify", file, "--key", &key];
    let good = fannerctl(plane, reader, &verify).await.done();
    let text = fs::read_to_string(file).expect("it was written");
    fs::write(file, text.replace("attest", "revoke")).expect("it can be written");
    let bad = fannerctl(plane, reader, &verify).await.refused();
    [good, bad].join("\n")
}

/// A control plane where stream `s` of team `fraud` has `card_swiped` of team `payments` under a grant.
async fn granted() -> Plane {
    let plane = Plane::on_sqlite().await;
    let declared: EventTypeSpec = spec(
        json!({"classification": "internal", "purposes": ["fraud-detection"], "sensitive_fields": ["member.email"]}),
    );
    let payments = plane.member("payments").await;
    payments.put_event_type(&named("card_swiped"), &declared, Precondition::None).await.expect("it is declared");
    let fraud = plane.member("fraud").await;
    let asking = json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["card_swiped"]});
    settled(&fraud, "s", asking).await;
    let pending = async || fraud.requests(None, true).await.expect("a list").items.pop();
    let request = eventually("the request", pending).await;
    payments.approve(request.id, &Comment::default()).await.expect("the owner may");
    plane
}

async fn member(plane: &Plane, team: &str) -> Secret {
    plane.token(team, Role::Member).await
}
