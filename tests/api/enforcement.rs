//! From a decision to the last fanner that obeys it, and what stays readable all the same.

use std::time::Duration;

use fanner_client::{Client, Precondition};
use fanner_model::{
    Code, Comment, Enforcement, Grant, GrantId, Obedience, QuarantineId, RequestStatus, Revision, Revoked,
};
use fanner_tests::{Plane, eventually, named, on_both_databases, spec};
use serde_json::json;

use crate::grant::{asked, reason, security};
use crate::refusal;

on_both_databases! {
    async fn a_revocation_is_complete_only_once_every_live_fanner_obeys_it(plane: Plane) {
        let (owner, grant) = granted(&plane).await;
        let fanner = plane.fanner().await;
        obeys(&fanner, "one", Revision(1)).await;
        obeys(&fanner, "two", Revision(1)).await;
        let decided = revoked(&owner.revoke(grant, &reason("leak")).await.expect("the owner may"));
        assert_eq!(waiting(&decided), ["one", "two"]);
        plane.clock.advance(Duration::from_secs(2));
        obeys(&fanner, "one", decided.revision).await;
        assert_eq!(waiting(&revoked(&owner.grant(grant).await.expect("it is there"))), ["two"]);
        plane.clock.advance(Duration::from_secs(3));
        obeys(&fanner, "two", decided.revision).await;
        let complete = revoked(&owner.grant(grant).await.expect("it is there"));
        let Obedience::Complete { after_ms, silent, .. } = &complete.obedience else { panic!("{complete:?}") };
        assert!((5_000..10_000).contains(after_ms) && silent.is_empty(), "{complete:?}");
        plane.clock.advance(Duration::from_secs(60));
        assert_eq!(revoked(&owner.grant(grant).await.expect("it is there")), complete);
        let seconds = plane.ask(reqwest::Method::GET, "/metrics", None, None).await.body.to_string();
        assert!(seconds.contains("fanner_enforcement_seconds_count{noun=\\\"grants\\\"}"), "{seconds}");
    }

    async fn a_fanner_that_is_killed_delays_a_revocation_until_its_lease_ends(plane: Plane) {
        let (owner, grant) = granted(&plane).await;
        let fanner = plane.fanner().await;
        obeys(&fanner, "one", Revision(1)).await;
        obeys(&fanner, "killed", Revision(1)).await;
        let decided = revoked(&owner.revoke(grant, &reason("leak")).await.expect("the owner may"));
        obeys(&fanner, "one", decided.revision).await;
        assert_eq!(waiting(&revoked(&owner.grant(grant).await.expect("it is there"))), ["killed"]);
        plane.clock.advance(Duration::from_secs(11));
        let complete = eventually("the lease to end", async || {
            let told = revoked(&owner.grant(grant).await.expect("it is there"));
            told.obedience.is_complete().then_some(told)
        }).await;
        let Obedience::Complete { after_ms, silent, .. } = complete.obedience else { unreachable!() };
        assert!((5_000..=10_000).contains(&after_ms), "{after_ms}");
        assert_eq!(silent.iter().map(ToString::to_string).collect::<Vec<_>>(), ["killed"]);
    }

    async fn what_was_delivered_is_readable_for_the_retention_and_no_longer(plane: Plane) {
        let (owner, grant) = granted(&plane).await;
        let readers = json!({"shard_count": 1, "retention_hours": 48, "purpose": "fraud-detection", "events": ["card_swiped"],
            "readers": ["arn:aws:iam::123456789012:role/analyst"]});
        let fraud = plane.member("fraud").await;
        fraud.put_stream(&named("s"), &spec(readers), Precondition::None).await.expect("it is accepted");
        let told = owner.revoke(grant, &reason("leak")).await.expect("the owner may").revoked.expect("it was revoked");
        let exposure = told.exposure.expect("the stream still has it");
        assert_eq!((exposure.stream.as_str(), exposure.retention_hours), ("s", 48));
        assert_eq!(exposure.readable_until.duration_since(told.at).as_hours(), 48);
        let remedies = exposure.remedies.iter().map(|remedy| remedy.split(':').next().unwrap_or_default());
        assert_eq!(remedies.collect::<Vec<_>>(), [
            "lower `retention_hours` of stream `s` to 24",
            "take all roles out of `readers` of stream `s`, of which it has 1",
            "delete stream `s` and create it anew",
        ]);
        plane.clock.advance(Duration::from_secs(49 * 3600));
        let later = plane.member("payments").await.grant(grant).await.expect("it is there");
        assert_eq!(later.revoked.expect("it stays revoked").exposure, None);
    }

    async fn every_decision_about_access_is_followed(plane: Plane) {
        let (_, grant) = granted(&plane).await;
        let security = security(&plane).await;
        let (quarantine, stop) = (QuarantineId::random(), json!({"who": "everybody", "events": "everything", "reason": "INC-4711"}));
        security.put_quarantine(quarantine, &spec(stop)).await.expect("security may");
        let decisions = security.enforcements(None).await.expect("security may").items;
        let subjects: Vec<_> = decisions.iter().map(|decision| decision.subject.clone()).collect();
        assert_eq!(subjects, ["event-types/card_swiped".into(), "teams/fraud".into(), format!("grants/{grant}"), format!("quarantines/{quarantine}")]);
        assert!(decisions.is_sorted_by_key(|decision| decision.revision));
        let after = decisions[2].revision.to_string();
        assert_eq!(security.enforcements(Some(&after)).await.expect("security may").items, decisions[3..]);
    }

    async fn who_follows_the_rules_is_shown_to_those_who_look_after_them(plane: Plane) {
        let fanner = plane.fanner().await;
        obeys(&fanner, "one", Revision(1)).await;
        let fanners = plane.platform().await.fanners(None).await.expect("the platform may").items;
        assert_eq!(fanners.iter().map(|fanner| (fanner.id.as_str(), fanner.revision)).collect::<Vec<_>>(), [("one", Revision(1))]);
        assert!(fanners[0].is_live(plane.clock.now()));
        let member = plane.member("fraud").await;
        assert_eq!(refusal(member.fanners(None).await).code, Code::Forbidden);
        assert_eq!(refusal(member.enforcements(None).await).code, Code::Forbidden);
        assert_eq!(refusal(fanner.fanners(None).await).code, Code::Forbidden);
        plane.clock.advance(Duration::from_secs(11));
        assert!(!plane.platform().await.fanners(None).await.expect("the platform may").items[0].is_live(plane.clock.now()));
    }
}

/// A grant of stream `s` for `card_swiped`, and the client of the event's owner.
async fn granted(plane: &Plane) -> (Client, GrantId) {
    let (_, request) = asked(plane, "internal").await;
    let owner = plane.member("payments").await;
    let approved = owner.approve(request.id, &Comment::default()).await.expect("the owner may");
    let RequestStatus::Approved { grant, .. } = approved.status else { panic!("{approved:?}") };
    (owner, grant)
}

/// The fanner says that it obeys a revision.
async fn obeys(fanner: &Client, worker: &str, revision: Revision) {
    fanner.rules(&named(worker), Some(revision), Duration::ZERO).await.expect("there are rules");
}

fn revoked(grant: &Grant) -> Enforcement {
    let Some(Revoked { enforcement: Some(enforcement), .. }) = &grant.revoked else { panic!("{grant:?}") };
    enforcement.clone()
}

fn waiting(enforcement: &Enforcement) -> Vec<String> {
    let Obedience::Waiting { waiting_for } = &enforcement.obedience else { panic!("{enforcement:?}") };
    waiting_for.iter().map(ToString::to_string).collect()
}
