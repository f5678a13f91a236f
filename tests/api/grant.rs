//! From a subscription that needs an approval to its grant, and to the end of it.

use std::time::Duration;

use fanner_client::{Client, Precondition};
use fanner_model::{
    AccessRequest, AccessStatus, Approval, Classification, Code, Comment, EventTypeSpec, Extension, PermissionId,
    QuarantineId, Reason, RequestStatus, Role, TeamSpec,
};
use fanner_tests::{Plane, eventually, named, on_both_databases, rules_of, settled, spec};
use serde_json::json;

use crate::{line, refusal};

on_both_databases! {
    async fn an_approved_request_becomes_a_grant_and_the_event_flows(plane: Plane) {
        let (fraud, request) = asked(&plane, "internal").await;
        assert_eq!((request.needs.iter().copied().collect::<Vec<_>>(), request.purpose.as_str()), (vec![Approval::Owner], "fraud-detection"));
        let access = fraud.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].clone();
        assert_eq!((access.status, access.request), (AccessStatus::Pending, Some(request.id)));
        let approved = plane.member("payments").await.approve(request.id, &Comment::default()).await.expect("the owner may");
        let RequestStatus::Approved { grant, .. } = approved.status else { panic!("{approved:?}") };
        let access = fraud.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].clone();
        assert_eq!((access.status, access.grant), (AccessStatus::Active, Some(grant)));
        flows(&plane, true).await;
        let grant = fraud.grant(grant).await.expect("its team sees it");
        assert_eq!((grant.until.duration_since(grant.granted_at).as_hours(), grant.request), (180 * 24, request.id));
    }

    async fn restricted_events_need_four_eyes(plane: Plane) {
        let (fraud, request) = asked(&plane, "restricted").await;
        assert_eq!(request.needs.len(), 2);
        let half = plane.member("payments").await.approve(request.id, &Comment::default()).await.expect("the owner may");
        assert_eq!((half.status.clone(), half.missing().into_iter().collect::<Vec<_>>()), (RequestStatus::Pending, vec![Approval::Security]));
        flows(&plane, false).await;
        let whole = security(&plane).await.approve(request.id, &Comment::default()).await.expect("security may");
        assert!(matches!(whole.status, RequestStatus::Approved { .. }), "{whole:?}");
        flows(&plane, true).await;
        let problem = refusal(fraud.withdraw(request.id).await);
        assert_eq!(problem.code, Code::Closed);
    }

    async fn nobody_decides_what_is_not_theirs_to_decide(plane: Plane) {
        let (fraud, request) = asked(&plane, "internal").await;
        assert_eq!(refusal(fraud.approve(request.id, &Comment::default()).await).code, Code::Forbidden);
        assert_eq!(refusal(plane.member("growth").await.approve(request.id, &Comment::default()).await).code, Code::NotFound);
        assert_eq!(refusal(plane.platform().await.approve(request.id, &Comment::default()).await).code, Code::Forbidden);
        let auditor = plane.client(&plane.token("audit", Role::Auditor).await);
        assert_eq!(auditor.request(request.id).await.expect("an auditor reads everything").id, request.id);
        assert_eq!(refusal(auditor.reject(request.id, &reason("no")).await).code, Code::Forbidden);
        assert_eq!(refusal(plane.member("payments").await.withdraw(request.id).await).code, Code::Forbidden);
        let problem = refusal(security(&plane).await.approve(request.id, &Comment::default()).await);
        assert_eq!((problem.code, problem.detail.as_str()), (Code::Forbidden, "the request waits for owner; an approval as security changes nothing"));
        assert_eq!(fraud.request(request.id).await.expect("it waits").approvals, []);
        flows(&plane, false).await;
    }

    async fn a_rejection_stands_until_somebody_asks_anew(plane: Plane) {
        let (fraud, request) = asked(&plane, "internal").await;
        let payments = plane.member("payments").await;
        payments.reject(request.id, &reason("use `card_used`")).await.expect("the owner may");
        let access = fraud.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].clone();
        assert_eq!(access.status, AccessStatus::Denied);
        assert!(access.reason.contains("use `card_used`"), "{}", access.reason);
        settled(&fraud, "s", json!({"shard_count": 1, "retention_hours": 30, "purpose": "fraud-detection", "events": ["card_swiped"]})).await;
        assert_eq!(payments.requests(None, true).await.expect("a list").items, []);
        let again = fraud.renew(request.id).await.expect("its team may");
        assert_eq!(payments.requests(None, true).await.expect("a list").items, [again]);
    }

    async fn a_revoked_grant_stops_the_event_at_once_and_is_not_asked_for_again(plane: Plane) {
        let (fraud, request) = asked(&plane, "internal").await;
        let payments = plane.member("payments").await;
        let RequestStatus::Approved { grant, .. } = payments.approve(request.id, &Comment::default()).await.expect("the owner may").status else { panic!() };
        flows(&plane, true).await;
        assert_eq!(refusal(plane.member("growth").await.revoke(grant, &reason("mine")).await).code, Code::NotFound);
        payments.revoke(grant, &reason("leak")).await.expect("the owner may");
        flows(&plane, false).await;
        let access = fraud.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].clone();
        assert_eq!(access.status, AccessStatus::Denied);
        assert!(access.reason.contains("revoked") && access.reason.contains("leak"), "{}", access.reason);
        assert_eq!(payments.requests(None, true).await.expect("a list").items, []);
        assert_eq!(refusal(payments.revoke(grant, &reason("twice")).await).code, Code::Closed);
        let again = fraud.renew(request.id).await.expect("its team may");
        payments.approve(again.id, &Comment::default()).await.expect("the owner may");
        flows(&plane, true).await;
        assert_eq!(refusal(fraud.renew(again.id).await).code, Code::Closed);
        assert_eq!(refusal(fraud.extend(grant, &Extension::default()).await).code, Code::Closed);
    }

    async fn an_extension_moves_the_end_of_a_grant_which_keeps_its_id(plane: Plane) {
        let (fraud, request) = asked(&plane, "internal").await;
        let payments = plane.member("payments").await;
        let RequestStatus::Approved { grant, .. } = payments.approve(request.id, &Comment::default()).await.expect("the owner may").status else { panic!() };
        let before = fraud.grant(grant).await.expect("it is there");
        plane.clock.advance(Duration::from_secs(100 * 24 * 3600));
        let (fraud, payments) = (plane.member("fraud").await, plane.member("payments").await);
        let longer = fraud.extend(grant, &Extension::default()).await.expect("its team may ask");
        assert_eq!(fraud.grant(grant).await.expect("it is there"), before);
        payments.approve(longer.id, &Comment::default()).await.expect("the owner may");
        let after = fraud.grant(grant).await.expect("it is there");
        assert_eq!(after.until.duration_since(before.until).as_hours(), 100 * 24);
        flows(&plane, true).await;
    }

    async fn an_event_that_is_no_longer_asked_for_is_no_longer_requested(plane: Plane) {
        let (fraud, request) = asked(&plane, "internal").await;
        settled(&fraud, "s", json!({"shard_count": 1, "purpose": "fraud-detection"})).await;
        let closed = eventually("the request to be closed", async || {
            let request = fraud.request(request.id).await.expect("it stays");
            (request.status != RequestStatus::Pending).then_some(request)
        }).await;
        assert!(closed.is_dropped(), "{closed:?}");
    }

    async fn a_raised_classification_asks_for_what_is_now_needed(plane: Plane) {
        plane.declare_as("payments", Classification::Public, &["card_swiped"]).await;
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["card_swiped"]})).await;
        flows(&plane, true).await;
        plane.declare_as("payments", Classification::Internal, &["card_swiped"]).await;
        flows(&plane, false).await;
        let request = pending(&fraud).await;
        assert_eq!((request.stream.as_str(), request.event.as_str()), ("s", "card_swiped"));
    }

    async fn an_off_boarded_team_receives_nothing(plane: Plane) {
        plane.declare("fraud", &["card_swiped"]).await;
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1, "events": ["card_swiped"]})).await;
        flows(&plane, true).await;
        let platform = plane.platform().await;
        let gone = TeamSpec { active: false, ..TeamSpec::default() };
        assert_eq!(refusal(fraud.put_team(&named("fraud"), &gone, Precondition::None).await).code, Code::Forbidden);
        platform.put_team(&named("fraud"), &gone, Precondition::None).await.expect("the platform may");
        flows(&plane, false).await;
        platform.delete_team(&named("fraud")).await.expect("the platform may");
        flows(&plane, true).await;
    }

    async fn a_standing_permission_needs_no_request_and_a_quarantine_stops_it(plane: Plane) {
        plane.declare_as("payments", Classification::Internal, &["card_swiped"]).await;
        let (id, quarantine) = (PermissionId::random(), QuarantineId::random());
        let until = plane.clock.now() + jiff::SignedDuration::from_hours(24);
        let standing = spec(json!({"team": "fraud", "events": {"owned_by": "payments"}, "expires_at": until}));
        assert_eq!(line(&refusal(plane.member("growth").await.put_permission(id, &standing).await)), "forbidden at : what the standing permission is about belongs to team `payments`; a token of team `growth` may not touch it");
        plane.member("payments").await.put_permission(id, &standing).await.expect("the owner may");
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1, "events": ["card_swiped"]})).await;
        flows(&plane, true).await;
        let stop = spec(json!({"who": {"stream": "s"}, "events": "everything", "reason": "INC-4711"}));
        assert_eq!(refusal(plane.member("payments").await.put_quarantine(quarantine, &stop).await).code, Code::Forbidden);
        let security = security(&plane).await;
        security.put_quarantine(quarantine, &stop).await.expect("security may");
        flows(&plane, false).await;
        let access = fraud.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].clone();
        assert!(access.reason.contains("INC-4711"), "{}", access.reason);
        security.lift_quarantine(quarantine).await.expect("security may");
        flows(&plane, true).await;
        plane.clock.advance(Duration::from_secs(25 * 3600));
        assert_eq!(plane.member("fraud").await.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].status, AccessStatus::Denied);
    }
}

/// A stream `s` of team `fraud` that asks for `card_swiped` of team `payments`, and the request that follows.
pub(crate) async fn asked(plane: &Plane, classification: &str) -> (Client, AccessRequest) {
    let declared: EventTypeSpec = spec(json!({"classification": classification, "purposes": ["fraud-detection"]}));
    let payments = plane.member("payments").await;
    payments.put_event_type(&named("card_swiped"), &declared, Precondition::None).await.expect("it is declared");
    let cleared: TeamSpec = spec(json!({"clearance": "restricted"}));
    let platform = plane.platform().await;
    platform.put_team(&named("fraud"), &cleared, Precondition::None).await.expect("the platform may");
    let fraud = plane.member("fraud").await;
    settled(&fraud, "s", json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["card_swiped"]})).await;
    let request = pending(&fraud).await;
    (fraud, request)
}

/// The one request that waits for somebody.
async fn pending(client: &Client) -> AccessRequest {
    eventually("the request", async || client.requests(None, true).await.expect("a list").items.pop()).await
}

pub(crate) async fn security(plane: &Plane) -> Client {
    plane.client(&plane.token("security", Role::Security).await)
}

/// Waits until the rules deliver `card_swiped` to stream `s`, or do not.
async fn flows(plane: &Plane, expected: bool) {
    let fanner = plane.fanner().await;
    eventually("the rules to follow", async || {
        let rules = rules_of(&fanner, None, Duration::ZERO).await.expect("there are rules");
        let routes = &rules.destinations.get(&named("s"))?.events;
        (routes.contains_key(&named("card_swiped")) == expected).then_some(())
    })
    .await;
    // This fanner only looks: once it is gone, nobody waits for it to obey.
    plane.clock.advance(Duration::from_secs(11));
}

pub(crate) fn reason(text: &str) -> Reason {
    Reason { reason: text.to_owned() }
}
