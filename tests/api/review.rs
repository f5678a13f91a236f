//! What reviewers ask: who reads an event and why, what a team can read, and why it was so at some time.

use std::time::Duration;

use fanner_client::{Client, Precondition};
use fanner_model::{
    Access, AccessStatus, Approval, Code, Comment, Delivery, EventTypeSpec, GrantId, Near, PolicySpec, Reason,
    RequestStatus, Role, TeamSpec,
};
use fanner_tests::{Plane, eventually, named, on_both_databases, settled, spec};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{line, refusal};

on_both_databases! {
    async fn the_owner_of_an_event_learns_who_reads_it_and_why(plane: Plane) {
        let (fraud, grant) = granted(&plane).await;
        let stream = settled(&fraud, "s", asking(&["card_swiped"])).await;
        let delivered = plane.clock.now();
        let told = Delivery { stream: stream.id, event: named("card_swiped"), last_at: delivered };
        plane.fanner().await.report_deliveries(vec![told]).await.expect("a fanner may");
        settled(&plane.member("growth").await, "t", asking(&["card_swiped"])).await;
        let payments = plane.member("payments").await;
        let readers = payments.readers(&named("card_swiped"), None, None).await.expect("the owner may").items;
        let [reads, waits] = &readers[..] else { panic!("{readers:?}") };
        assert_eq!((reads.stream.as_str(), reads.team.as_str(), reads.access.status), ("s", "fraud", AccessStatus::Active));
        let given = fraud.grant(grant).await.expect("its team sees it");
        assert_eq!((reads.access.grant, reads.since, reads.access.until), (Some(grant), Some(given.granted_at), Some(given.until)));
        assert_eq!(reads.approved_by, given.approvals.iter().map(|approved| approved.by.clone()).collect());
        assert_eq!(reads.because["receive.granted"], "a grant for purpose `fraud-detection` permits `card_swiped`");
        assert_eq!(reads.last_delivered_at.map(Timestamp::as_microsecond), Some(delivered.as_microsecond()));
        assert_eq!((waits.stream.as_str(), waits.access.status, waits.since), ("t", AccessStatus::Pending, None));
        let rest = payments.readers(&named("card_swiped"), None, Some("s/")).await.expect("the owner may").items;
        assert_eq!(rest, readers[1..]);
    }

    async fn others_do_not_learn_who_reads_an_event(plane: Plane) {
        plane.declare("payments", &["card_swiped"]).await;
        let event = named("card_swiped");
        for role in [Role::Platform, Role::Security, Role::Auditor] {
            let client = plane.client(&plane.token("any", role).await);
            assert_eq!(client.readers(&event, None, None).await.expect("who reviews may").items, []);
        }
        let stranger = plane.member("fraud").await;
        assert_eq!(line(&refusal(stranger.readers(&event, None, None).await)), "forbidden at : event `card_swiped` belongs to team `payments`; a token of team `fraud` may not touch it");
        assert_eq!(refusal(plane.fanner().await.readers(&event, None, None).await).code, Code::Forbidden);
        assert_eq!(refusal(stranger.report_deliveries(Vec::new()).await).code, Code::Forbidden);
        assert_eq!(line(&refusal(stranger.readers(&named("card_swipe"), None, None).await)), "not_found at : event `card_swipe` is not declared; did you mean `card_swiped`?");
        let past = plane.clock.now() - SignedDuration::from_hours(1);
        assert_eq!(refusal(plane.member("payments").await.readers(&event, Some(past), None).await).code, Code::NotFound);
    }

    async fn who_read_an_event_is_known_when_nobody_does_any_more(plane: Plane) {
        let (fraud, grant) = granted(&plane).await;
        let then = later(&plane);
        plane.member("payments").await.revoke(grant, &reason("leak")).await.expect("the owner may");
        fraud.delete_stream(&named("s")).await.expect("its team may");
        let payments = plane.member("payments").await;
        assert_eq!(payments.readers(&named("card_swiped"), None, None).await.expect("the owner may").items, []);
        let readers = payments.readers(&named("card_swiped"), Some(then), None).await.expect("the owner may").items;
        let shown: Vec<_> = readers.iter().map(|reader| (reader.stream.as_str(), reader.access.grant)).collect();
        assert_eq!(shown, [("s", Some(grant))]);
    }

    async fn a_team_learns_what_it_reads_and_what_is_one_approval_away(plane: Plane) {
        granted(&plane).await;
        declared(&plane, "refunded", json!({"classification": "internal", "purposes": ["fraud-detection"]})).await;
        declared(&plane, "audited", json!({"classification": "restricted", "purposes": ["fraud-detection"]})).await;
        declared(&plane, "opened", json!({"classification": "public"})).await;
        declared(&plane, "old", json!({"classification": "public", "retired": true})).await;
        let streams = plane.member("fraud").await.team_access(&named("fraud"), None).await.expect("the team may").items;
        let [access] = &streams[..] else { panic!("{streams:?}") };
        assert_eq!(access.receives.iter().map(|reader| reader.event.as_str()).collect::<Vec<_>>(), ["card_swiped"]);
        assert_eq!((access.waits.len(), access.open.clone()), (0, [named("opened")].into()));
        let near = Near { event: named("refunded"), purpose: named("fraud-detection"), needs: Approval::Owner, owner: named("payments") };
        assert_eq!(access.one_approval_away, [near]);
        let auditor = plane.client(&plane.token("audit", Role::Auditor).await);
        assert_eq!(auditor.team_access(&named("fraud"), None).await.expect("an auditor may").items, streams);
        let problem = refusal(plane.member("payments").await.team_access(&named("fraud"), None).await);
        assert_eq!(line(&problem), "forbidden at : the access of team `fraud` belongs to team `fraud`; a token of team `payments` may not touch it");
        assert_eq!(refusal(plane.platform().await.team_access(&named("fraud"), None).await).code, Code::Forbidden);
    }

    async fn what_waits_for_a_single_approval_is_one_approval_away(plane: Plane) {
        granted(&plane).await;
        declared(&plane, "refunded", json!({"classification": "internal", "purposes": ["fraud-detection"]})).await;
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", asking(&["card_swiped", "refunded"])).await;
        let streams = fraud.team_access(&named("fraud"), None).await.expect("the team may").items;
        assert_eq!(streams[0].waits.iter().map(|reader| reader.event.as_str()).collect::<Vec<_>>(), ["refunded"]);
        assert_eq!(streams[0].one_approval_away.iter().map(|near| near.event.as_str()).collect::<Vec<_>>(), ["refunded"]);
    }

    async fn a_decision_of_the_past_is_given_again_as_it_was(plane: Plane) {
        let start = plane.clock.now();
        let mut told = Vec::new();
        let (fraud, grant) = granted_after(&plane, async || told.push(answer(&plane, AccessStatus::Pending).await)).await;
        told.push(answer(&plane, AccessStatus::Active).await);
        let security = plane.client(&plane.token("security", Role::Security).await);
        let forbid = r#"@id("no-cards") @reason("no {event} before the audit") forbid (principal, action == Fanner::Action::"Receive", resource == Fanner::EventType::"card_swiped");"#;
        let policy = PolicySpec { description: None, text: forbid.to_owned() };
        security.put_policy(&named("cards"), &policy, Precondition::None).await.expect("security may");
        told.push(answer(&plane, AccessStatus::Denied).await);
        security.delete_policy(&named("cards")).await.expect("security may");
        declared(&plane, "card_swiped", json!({"classification": "internal", "purposes": ["fraud-detection"], "tags": {"pii": "yes"}})).await;
        told.push(answer(&plane, AccessStatus::Denied).await);
        let end = plane.clock.now() + SignedDuration::from_mins(90);
        let trained: TeamSpec = spec(json!({"clearance": "restricted", "trainings": {"pii-2026": end}}));
        security.put_team(&named("fraud"), &trained, Precondition::None).await.expect("security may");
        told.push(answer(&plane, AccessStatus::Active).await);
        plane.clock.advance(Duration::from_secs(3600));
        told.push(answer(&plane, AccessStatus::Denied).await);
        plane.member("payments").await.revoke(grant, &reason("leak")).await.expect("the owner may");
        let payments = plane.member("payments").await;
        for (at, access) in told {
            let explained = fraud.explain(&named("s"), &named("card_swiped"), Some(at)).await.expect("its team may");
            assert_eq!((explained.asked, explained.answers.len(), &explained.answers[0].access), (true, 1, &access), "at {at}");
            assert_eq!(payments.explain(&named("s"), &named("card_swiped"), Some(at)).await.expect("the owner may"), explained);
        }
        let before = refusal(fraud.explain(&named("s"), &named("card_swiped"), Some(start)).await);
        assert_eq!(line(&before), format!("not_found at : there was no stream `s` at {start}"));
    }

    async fn a_past_that_cannot_be_read_is_not_guessed(plane: Plane) {
        let (fraud, _) = granted(&plane).await;
        let then = later(&plane);
        plane.execute("update audit_entry set entry = 'x' where noun = 'teams'").await;
        let problem = refusal(fraud.explain(&named("s"), &named("card_swiped"), Some(then)).await);
        assert_eq!(problem.code, Code::Internal);
        fraud.explain(&named("s"), &named("card_swiped"), None).await.expect("the present does not need the log");
    }

    async fn a_decision_is_explained_to_those_whom_it_concerns(plane: Plane) {
        let (fraud, _) = granted(&plane).await;
        declared(&plane, "refunded", json!({"classification": "internal"})).await;
        let unasked = fraud.explain(&named("s"), &named("refunded"), None).await.expect("its team may");
        assert_eq!((unasked.asked, unasked.answers[0].access.status), (false, AccessStatus::Pending));
        let growth = plane.member("growth").await;
        let problem = refusal(growth.explain(&named("s"), &named("card_swiped"), None).await);
        assert_eq!(line(&problem), "forbidden at : neither stream `s` nor event `card_swiped` belonged to team `growth`; ask their owners, or security");
        let soon = "2999-01-01T00:00:00Z".parse().expect("it is a time");
        let problem = refusal(fraud.explain(&named("s"), &named("card_swiped"), Some(soon)).await);
        assert_eq!(line(&problem), "invalid_request at : `2999-01-01T00:00:00Z` is yet to come; ask about a moment that has been, or leave `at` out for now");
    }
}

/// A stream `s` of team `fraud` that has `card_swiped` of team `payments` under a grant.
async fn granted(plane: &Plane) -> (Client, GrantId) {
    granted_after(plane, async || ()).await
}

/// The same, with a look at it before the grant is approved.
async fn granted_after(plane: &Plane, look: impl AsyncFnOnce()) -> (Client, GrantId) {
    declared(plane, "card_swiped", json!({"classification": "internal", "purposes": ["fraud-detection"]})).await;
    let cleared: TeamSpec = spec(json!({"clearance": "restricted"}));
    let platform = plane.platform().await;
    platform.put_team(&named("fraud"), &cleared, Precondition::None).await.expect("the platform may");
    let fraud = plane.member("fraud").await;
    settled(&fraud, "s", asking(&["card_swiped"])).await;
    let pending = async || fraud.requests(None, true).await.expect("a list").items.pop();
    let request = eventually("the request", pending).await;
    look().await;
    let approved =
        plane.member("payments").await.approve(request.id, &Comment::default()).await.expect("the owner may");
    let RequestStatus::Approved { grant, .. } = approved.status else { panic!("{approved:?}") };
    (fraud, grant)
}

async fn declared(plane: &Plane, name: &str, json: serde_json::Value) {
    let declared: EventTypeSpec = spec(json);
    let payments = plane.member("payments").await;
    payments.put_event_type(&named(name), &declared, Precondition::None).await.expect("it is declared");
}

/// What a stream asks for.
fn asking(events: &[&str]) -> serde_json::Value {
    json!({"shard_count": 1, "purpose": "fraud-detection", "events": events})
}

/// What stream `s` is told about `card_swiped`, and when; then an hour goes by.
async fn answer(plane: &Plane, expected: AccessStatus) -> (Timestamp, Access) {
    let stream = plane.member("fraud").await.stream(&named("s")).await.expect("it is there");
    let access = stream.access[&named("card_swiped")].clone();
    assert_eq!(access.status, expected, "{access:?}");
    (later(plane), access)
}

/// Now, from an hour later.
fn later(plane: &Plane) -> Timestamp {
    let now = plane.clock.now();
    plane.clock.advance(Duration::from_secs(3600));
    now
}

fn reason(text: &str) -> Reason {
    Reason { reason: text.to_owned() }
}
