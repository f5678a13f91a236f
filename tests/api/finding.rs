//! What reviewers are pointed at.

use std::time::Duration;

use fanner_client::{Client, FindingLimits, Precondition};
use fanner_model::{
    Code, Comment, Delivery, EventTypeSpec, Finding, FindingKind, PermissionId, Role, Stream, TeamSpec,
};
use fanner_tests::{Plane, eventually, named, on_both_databases, settled, spec};
use serde_json::json;

use crate::refusal;

/// A day, in seconds.
const DAY: u64 = 24 * 3600;

on_both_databases! {
    async fn a_grant_that_nothing_was_delivered_by_is_unused(plane: Plane) {
        let stream = granted(&plane, json!({})).await;
        assert_eq!(found(&plane).await, []);
        plane.clock.advance(Duration::from_secs(80 * DAY));
        let told = Delivery { stream: stream.id, event: named("card_swiped"), last_at: plane.clock.now() };
        plane.fanner().await.report_deliveries(vec![told]).await.expect("a fanner may");
        plane.clock.advance(Duration::from_secs(20 * DAY));
        assert_eq!(found(&plane).await, []);
        let day = FindingLimits { unused_days: Some(20), expiring_days: Some(0) };
        let findings = auditor(&plane).await.findings(day, None).await.expect("an auditor may").items;
        assert_eq!(kinds(&findings), [FindingKind::Unused]);
        assert!(findings[0].detail.starts_with("nothing was delivered because of it since "), "{findings:?}");
    }

    async fn a_grant_that_ends_soon_is_expiring(plane: Plane) {
        granted(&plane, json!({})).await;
        plane.clock.advance(Duration::from_secs(151 * DAY));
        let findings = found(&plane).await;
        assert_eq!(kinds(&findings), [FindingKind::Expiring, FindingKind::Unused]);
        assert!(findings[0].detail.contains("in 28 days; extend it if it is still needed"), "{findings:?}");
    }

    async fn those_who_have_a_grant_are_reminded_of_its_end_once_for_each_of_some_days(plane: Plane) {
        granted(&plane, json!({})).await;
        for (days, expected) in [(140, 0), (11, 1), (1, 1), (15, 2), (7, 3), (5, 4)] {
            plane.clock.advance(Duration::from_secs(days * DAY));
            // Whoever changes something has everything looked at.
            plane.declare("growth", &[&format!("other_{days}")]).await;
            eventually("the reminders", async || (reminders(&plane).await == expected).then_some(())).await;
        }
    }

    async fn a_grant_whose_stream_asks_no_more_is_orphaned(plane: Plane) {
        granted(&plane, json!({})).await;
        let fraud = plane.member("fraud").await;
        settled(&fraud, "s", json!({"shard_count": 1, "purpose": "fraud-detection"})).await;
        let findings = found(&plane).await;
        let detail = "no subscription of stream `s` asks for `card_swiped` for purpose `fraud-detection`; revoke it";
        assert_eq!((kinds(&findings), findings[0].detail.as_str()), (vec![FindingKind::Orphaned], detail));
        fraud.delete_stream(&named("s")).await.expect("its team may");
        assert_eq!(found(&plane).await[0].detail, "stream `s` of team `fraud` is gone; revoke it");
    }

    async fn what_an_off_boarded_team_has_is_orphaned(plane: Plane) {
        granted(&plane, json!({})).await;
        let gone = TeamSpec { active: false, ..TeamSpec::default() };
        plane.platform().await.put_team(&named("payments"), &gone, Precondition::None).await.expect("the platform may");
        let detail = "team `payments`, which answers for it, is not active; give the event types to another team; revoke it";
        assert_eq!(found(&plane).await[0].detail, detail);
    }

    async fn what_arrives_unmasked_though_it_needs_care_is_over_broad(plane: Plane) {
        granted(&plane, json!({"sensitive_fields": ["member.email", "member.name"]})).await;
        let findings = found(&plane).await;
        let detail = "`member.email`, `member.name` arrive unmasked; mask what purpose `fraud-detection` does not need";
        assert_eq!((kinds(&findings), findings[0].detail.as_str()), (vec![FindingKind::OverBroad], detail));
    }

    async fn a_standing_permission_for_what_nobody_asks_for_is_over_broad(plane: Plane) {
        granted(&plane, json!({})).await;
        plane.declare("payments", &["refunded"]).await;
        let until = plane.clock.now() + Duration::from_secs(60 * DAY);
        let standing = spec(json!({"team": "fraud", "events": {"owned_by": "payments"}, "expires_at": until}));
        plane.member("payments").await.put_permission(PermissionId::random(), &standing).await.expect("the owner may");
        let findings = found(&plane).await;
        let detail = "no stream of team `fraud` asks for `refunded`; permit what is asked for";
        assert_eq!((kinds(&findings), findings[0].detail.as_str()), (vec![FindingKind::OverBroad], detail));
    }

    async fn findings_are_for_those_who_have_or_own_it_and_for_who_reviews(plane: Plane) {
        granted(&plane, json!({"sensitive_fields": ["member.email"]})).await;
        for team in ["fraud", "payments"] {
            assert_eq!(findings(&plane.member(team).await).await.len(), 1, "{team}");
        }
        assert_eq!(findings(&plane.member("growth").await).await, []);
        let refused = plane.fanner().await.findings(FindingLimits::default(), None).await;
        assert_eq!(refusal(refused).code, Code::Forbidden);
    }
}

/// A stream `s` of team `fraud` that has `card_swiped` of team `payments` under a grant.
async fn granted(plane: &Plane, more: serde_json::Value) -> Stream {
    let mut declared = json!({"classification": "internal", "purposes": ["fraud-detection"]});
    declared.as_object_mut().expect("it is one").extend(more.as_object().expect("it is one").clone());
    let declared: EventTypeSpec = spec(declared);
    let payments = plane.member("payments").await;
    payments.put_event_type(&named("card_swiped"), &declared, Precondition::None).await.expect("it is declared");
    let fraud = plane.member("fraud").await;
    let asking = json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["card_swiped"]});
    let stream = settled(&fraud, "s", asking).await;
    let pending = async || fraud.requests(None, true).await.expect("a list").items.pop();
    let request = eventually("the request", pending).await;
    payments.approve(request.id, &Comment::default()).await.expect("the owner may");
    stream
}

/// How often somebody was reminded.
async fn reminders(plane: &Plane) -> usize {
    let entries = auditor(plane).await.audit_entries(None).await.expect("an auditor may").items;
    entries.iter().filter(|entry| entry.text.as_ref().is_some_and(|text| text.contains(r#""action":"remind""#))).count()
}

/// What an auditor is pointed at.
async fn found(plane: &Plane) -> Vec<Finding> {
    findings(&auditor(plane).await).await
}

async fn findings(client: &Client) -> Vec<Finding> {
    client.findings(FindingLimits::default(), None).await.expect("it may").items
}

async fn auditor(plane: &Plane) -> Client {
    plane.client(&plane.token("audit", Role::Auditor).await)
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind).collect()
}
