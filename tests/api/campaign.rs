//! Campaigns: what was given is looked at again, by those who answer for it.

use std::time::Duration;

use fanner_audit::{Verifier, unseal};
use fanner_client::{Client, Precondition};
use fanner_model::{
    Campaign, CampaignId, CampaignItem, CampaignSpec, Code, Comment, EventTypeSpec, ExportFormat, Grant, NewAnswer,
    PermissionId, Progress, Reason, RightId, Role, Verdict,
};
use fanner_tests::{Plane, eventually, named, on_both_databases, settled, spec};
use serde_json::json;

use crate::{line, refusal};

on_both_databases! {
    async fn each_live_right_in_the_scope_is_answered_for_once(plane: Plane) {
        let grant = granted(&plane).await;
        let campaign = opened(&plane, json!({"owner": "payments"})).await;
        assert_eq!(campaign.progress, Progress { open: 1, ..Progress::default() });
        let payments = plane.member("payments").await;
        let items = payments.campaign_items(campaign.id, None).await.expect("the owner may").items;
        let [CampaignItem { right, owner, answer: None }] = &items[..] else { panic!("{items:?}") };
        assert_eq!((right.id, owner.as_ref()), (RightId::Grant(grant.id), Some(&named("payments"))));
        let attested = payments.answer(campaign.id, &answer(right.id, Verdict::Attest)).await.expect("the owner may");
        assert_eq!(attested.answer.map(|answer| (answer.verdict, answer.reason)), Some((Verdict::Attest, "looked at".to_owned())));
        let again = refusal(payments.answer(campaign.id, &answer(right.id, Verdict::Revoke)).await);
        assert_eq!(again.code, Code::Closed);
        assert_eq!(payments.grant(grant.id).await.expect("it is there"), grant);
        let progress = security(&plane).await.campaign(campaign.id).await.expect("security may").progress;
        assert_eq!(progress, Progress { attested: 1, ..Progress::default() });
    }

    async fn what_is_reduced_goes_on_with_less(plane: Plane) {
        let grant = granted(&plane).await;
        let campaign = opened(&plane, json!({})).await;
        let (right, payments) = (RightId::Grant(grant.id), plane.member("payments").await);
        let nothing = Verdict::Reduce { mask: [].into(), until: None };
        assert_eq!(line(&refusal(payments.answer(campaign.id, &answer(right, nothing)).await)), "invalid_field at verdict.reduce: nothing would be reduced; name fields to mask, or an earlier end");
        let longer = Verdict::Reduce { mask: [].into(), until: Some(grant.until + Duration::from_secs(1)) };
        assert_eq!(refusal(payments.answer(campaign.id, &answer(right, longer)).await).code, Code::InvalidField);
        let until = grant.until - Duration::from_secs(3600);
        let less = Verdict::Reduce { mask: [named("member.email")].into(), until: Some(until) };
        payments.answer(campaign.id, &answer(right, less)).await.expect("the owner may");
        let reduced = payments.grant(grant.id).await.expect("it is there");
        assert_eq!((reduced.mask, reduced.reduced, reduced.until), ([].into(), [named("member.email")].into(), until));
        let access = plane.member("fraud").await.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].clone();
        assert_eq!((access.is_active(), access.mask, access.until), (true, [named("member.email")].into(), Some(until)));
    }

    async fn what_was_reduced_and_is_revoked_is_not_asked_for_again(plane: Plane) {
        let grant = granted(&plane).await;
        let campaign = opened(&plane, json!({})).await;
        let payments = plane.member("payments").await;
        let less = Verdict::Reduce { mask: [named("member.email")].into(), until: None };
        payments.answer(campaign.id, &answer(RightId::Grant(grant.id), less)).await.expect("the owner may");
        payments.revoke(grant.id, &Reason { reason: "leak".to_owned() }).await.expect("the owner may");
        let access = plane.member("fraud").await.stream(&named("s")).await.expect("it is there").access[&named("card_swiped")].clone();
        assert!(access.reason.contains("revoked") && access.reason.contains("leak"), "{}", access.reason);
        assert_eq!(payments.requests(None, true).await.expect("a list").items, []);
    }

    async fn what_is_revoked_ends_at_once(plane: Plane) {
        let grant = granted(&plane).await;
        let id = permitted(&plane).await;
        let campaign = opened(&plane, json!({"team": "fraud"})).await;
        let security = security(&plane).await;
        for right in [RightId::Grant(grant.id), RightId::Permission(id)] {
            security.answer(campaign.id, &answer(right, Verdict::Revoke)).await.expect("security may");
        }
        let revoked = security.grant(grant.id).await.expect("it stays").revoked.expect("it was revoked");
        assert_eq!(revoked.reason, "looked at");
        assert_eq!(refusal(security.permission(id).await).code, Code::NotFound);
        let entries = security.audit_entries(None).await.expect("security may").items;
        let told = entries.iter().filter_map(|entry| entry.text.as_ref()).filter(|text| text.contains(r#""action":"revoke","subject":{"noun":"campaigns""#));
        assert_eq!(told.count(), 2);
    }

    async fn a_standing_permission_is_kept_or_ended_and_never_reduced(plane: Plane) {
        granted(&plane).await;
        let right = RightId::Permission(permitted(&plane).await);
        let campaign = opened(&plane, json!({})).await;
        let less = Verdict::Reduce { mask: [named("a")].into(), until: None };
        let problem = refusal(security(&plane).await.answer(campaign.id, &answer(right, less)).await);
        assert_eq!(line(&problem), "invalid_field at verdict: a standing permission is never changed; attest or revoke it");
    }

    async fn nobody_answers_for_what_is_not_theirs_or_what_they_have(plane: Plane) {
        let grant = granted(&plane).await;
        let campaign = opened(&plane, json!({})).await;
        let attest = answer(RightId::Grant(grant.id), Verdict::Attest);
        let problem = refusal(plane.member("fraud").await.answer(campaign.id, &attest).await);
        assert_eq!(line(&problem), format!("forbidden at : team `fraud` has grant {}; somebody else must answer for it", grant.id));
        let growth = plane.member("growth").await;
        assert_eq!(refusal(growth.answer(campaign.id, &attest).await).code, Code::Forbidden);
        assert_eq!(growth.campaign_items(campaign.id, None).await.expect("it may ask").items, []);
        assert_eq!(refusal(plane.platform().await.answer(campaign.id, &attest).await).code, Code::Forbidden);
        let own = plane.client(&plane.token("fraud", Role::Security).await);
        assert_eq!(refusal(own.answer(campaign.id, &attest).await).code, Code::Forbidden);
        let other = answer(RightId::Permission(PermissionId::random()), Verdict::Attest);
        assert_eq!(refusal(plane.member("payments").await.answer(campaign.id, &other).await).code, Code::NotFound);
    }

    async fn only_security_opens_a_campaign_and_only_about_something(plane: Plane) {
        granted(&plane).await;
        let spec = about(&plane, json!({"event": "nothing"}), false);
        for role in [Role::Member, Role::Platform, Role::Auditor, Role::Fanner] {
            let client = plane.client(&plane.token("fraud", role).await);
            assert_eq!(refusal(client.open_campaign(CampaignId::random(), &spec).await).code, Code::Forbidden, "{role}");
        }
        let security = security(&plane).await;
        let empty = refusal(security.open_campaign(CampaignId::random(), &spec).await);
        assert_eq!(line(&empty), "invalid_field at scope: nobody has a live grant or standing permission in this scope; choose a wider one");
        let over = CampaignSpec { due_at: plane.clock.now(), ..about(&plane, json!({}), false) };
        assert_eq!(refusal(security.open_campaign(CampaignId::random(), &over).await).field.as_deref(), Some("due_at"));
        let (id, good) = (CampaignId::random(), about(&plane, json!({}), false));
        let campaign = security.open_campaign(id, &good).await.expect("security may");
        assert_eq!(security.open_campaign(id, &good).await.expect("it is the same"), campaign);
        let other = CampaignSpec { title: "another".to_owned(), ..good };
        assert_eq!(refusal(security.open_campaign(id, &other).await).code, Code::AlreadyExists);
    }

    async fn what_nobody_answers_for_in_time_is_listed_or_revoked_as_the_campaign_says(plane: Plane) {
        let grant = granted(&plane).await;
        let security = security(&plane).await;
        let lists = opened(&plane, json!({})).await;
        let revokes = security.open_campaign(CampaignId::random(), &about(&plane, json!({}), true)).await.expect("security may");
        plane.clock.advance(Duration::from_secs(15 * 24 * 3600));
        // Whoever changes something has everything looked at.
        plane.declare("growth", &["other"]).await;
        let ended = eventually("the grant to be revoked", async || security.grant(grant.id).await.expect("it stays").revoked).await;
        assert_eq!((ended.by.as_str(), ended.reason.contains("nobody answered for it in campaign `a review`")), ("fanner:control-plane", true));
        let progress = security.campaign(revokes.id).await.expect("security may").progress;
        assert_eq!(progress, Progress { revoked: 1, ..Progress::default() });
        assert_eq!(security.campaign(lists.id).await.expect("security may").progress.open, 1);
        let late = refusal(security.answer(lists.id, &answer(RightId::Grant(grant.id), Verdict::Attest)).await);
        assert_eq!(late.code, Code::Closed);
        let table = security.export_campaign(lists.id, ExportFormat::Csv).await.expect("security may").text;
        assert!(table.contains("\"unanswered\""), "{table}");
    }

    async fn a_campaign_is_exported_signed_and_harmless(plane: Plane) {
        let grant = granted(&plane).await;
        let campaign = opened(&plane, json!({})).await;
        let hostile = NewAnswer { reason: "=HYPERLINK(\"http://x\")".to_owned(), ..answer(RightId::Grant(grant.id), Verdict::Attest) };
        plane.member("payments").await.answer(campaign.id, &hostile).await.expect("the owner may");
        let auditor = plane.client(&plane.token("audit", Role::Auditor).await);
        let key: Verifier = key(&plane, &auditor).await.parse().expect("it is a key");
        for format in [ExportFormat::Csv, ExportFormat::Json] {
            let file = auditor.export_campaign(campaign.id, format).await.expect("an auditor may");
            assert_eq!(unseal(&key, &file.note, &file.name, &file.text), Ok(()));
            assert!(unseal(&key, &file.note, &file.name, &file.text.replace("attest", "revoke")).is_err());
            assert!(file.text.contains("HYPERLINK") && !file.text.contains("\"=HYPERLINK(\"\""), "{}", file.text);
        }
        for refused in [plane.member("payments").await, plane.platform().await, plane.fanner().await] {
            assert_eq!(refusal(refused.export_campaign(campaign.id, ExportFormat::Csv).await).code, Code::Forbidden);
        }
    }
}

/// A grant of stream `s` of team `fraud` for `card_swiped` of team `payments`.
async fn granted(plane: &Plane) -> Grant {
    let declared: EventTypeSpec = spec(json!({"classification": "internal", "purposes": ["fraud-detection"]}));
    let payments = plane.member("payments").await;
    payments.put_event_type(&named("card_swiped"), &declared, Precondition::None).await.expect("it is declared");
    let fraud = plane.member("fraud").await;
    let asking = json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["card_swiped"]});
    settled(&fraud, "s", asking).await;
    let pending = async || fraud.requests(None, true).await.expect("a list").items.pop();
    let request = eventually("the request", pending).await;
    payments.approve(request.id, &Comment::default()).await.expect("the owner may");
    fraud.grants(None, true).await.expect("a list").items.pop().expect("there is one")
}

/// A standing permission of team `fraud` for all that team `payments` owns.
async fn permitted(plane: &Plane) -> PermissionId {
    let (id, until) = (PermissionId::random(), plane.clock.now() + Duration::from_secs(60 * 24 * 3600));
    let standing = spec(json!({"team": "fraud", "events": {"owned_by": "payments"}, "expires_at": until}));
    plane.member("payments").await.put_permission(id, &standing).await.expect("the owner may");
    id
}

/// A campaign about a scope, of two weeks, after which what is unanswered is listed.
async fn opened(plane: &Plane, scope: serde_json::Value) -> Campaign {
    let spec = about(plane, scope, false);
    security(plane).await.open_campaign(CampaignId::random(), &spec).await.expect("security may")
}

fn about(plane: &Plane, scope: serde_json::Value, revoke_unanswered: bool) -> CampaignSpec {
    let due_at = plane.clock.now() + Duration::from_secs(14 * 24 * 3600);
    spec(json!({"title": "a review", "scope": scope, "due_at": due_at, "revoke_unanswered": revoke_unanswered}))
}

fn answer(right: RightId, verdict: Verdict) -> NewAnswer {
    NewAnswer { right, verdict, reason: "looked at".to_owned() }
}

async fn security(plane: &Plane) -> Client {
    plane.client(&plane.token("security", Role::Security).await)
}

/// The key that signs, as the control plane shows it.
async fn key(plane: &Plane, auditor: &Client) -> String {
    plane.clock.advance(Duration::from_secs(61));
    eventually("a checkpoint", async || auditor.audit_checkpoint().await.ok()).await.key
}
