//! What a change of policies would do, against what it does.

use std::collections::{BTreeMap, BTreeSet};

use fanner_client::{Client, Precondition};
use fanner_model::{AccessStatus, Classification, Code, Direction, Effect, PolicyChange, PolicyName, PolicySpec, Role};
use fanner_tests::{Plane, named, on_both_databases, settled};
use serde_json::json;

use crate::{line, refusal};

/// Documents that tighten, widen, do both, or do nothing.
const DOCUMENTS: [&str; 4] = [
    r#"@id("x.no-t") forbid (principal == Fanner::Stream::"t", action == Fanner::Action::"Receive", resource);"#,
    r#"@id("x.all") permit (principal, action == Fanner::Action::"Receive", resource);"#,
    r#"@id("x.no-a") forbid (principal, action == Fanner::Action::"Receive", resource == Fanner::EventType::"a");
       @id("x.all") permit (principal, action == Fanner::Action::"Receive", resource == Fanner::EventType::"c");"#,
    r#"@id("x.nobody") permit (principal == Fanner::Stream::"nobodys", action == Fanner::Action::"Receive", resource);"#,
];

on_both_databases! {
    async fn what_a_change_of_policies_would_do_is_what_it_does(plane: Plane) {
        asked(&plane).await;
        let security = security(&plane).await;
        let mut directions = Vec::new();
        for text in DOCUMENTS {
            let before = received(&plane).await;
            let impact = security.policy_impact(&put(text)).await.expect("security may");
            assert_eq!(received(&plane).await, before, "nothing was done");
            let policy = PolicySpec { description: None, text: text.to_owned() };
            security.put_policy(&named("x"), &policy, Precondition::None).await.expect("security may");
            let after = received(&plane).await;
            let told = |effect| impact.differences.iter().filter(|it| it.effect == effect).map(|it| (it.stream.to_string(), it.event.to_string())).collect();
            let (gains, losses): (BTreeSet<_>, BTreeSet<_>) = (told(Effect::Gains), told(Effect::Loses));
            assert_eq!((gains, losses), (&after - &before, &before - &after), "{text}");
            assert!(impact.differences.iter().all(|it| !it.because.is_empty()), "{impact:?}");
            assert_eq!(impact.never_matching.contains("x.nobody"), text.contains("nobody"));
            directions.push(impact.direction);
            let back = security.policy_impact(&PolicyChange { put: BTreeMap::new(), remove: [named("x")].into() }).await.expect("security may");
            assert_eq!(back.differences.len(), impact.differences.len());
            security.delete_policy(&named("x")).await.expect("security may");
        }
        assert_eq!(directions, [Direction::Tightening, Direction::Widening, Direction::Both, Direction::Nothing]);
    }

    async fn a_change_that_is_not_possible_is_told_at_its_place(plane: Plane) {
        let security = security(&plane).await;
        let wrong = security.policy_impact(&put("permit (principal, action, resource) when { principal.colour };")).await;
        let problem = refusal(wrong);
        assert_eq!((problem.code, problem.field.as_deref()), (Code::InvalidField, Some("put.x")));
        let unknown = PolicyChange { put: BTreeMap::new(), remove: [named("nothing")].into() };
        assert_eq!(line(&refusal(security.policy_impact(&unknown).await)), "invalid_field at remove: there is no policy `nothing` that could be removed");
        let both = PolicyChange { remove: [named("x")].into(), ..put(DOCUMENTS[0]) };
        assert_eq!(line(&refusal(security.policy_impact(&both).await)), "invalid_field at remove: policy `x` cannot be both put and removed; choose one");
        for role in [Role::Member, Role::Platform, Role::Fanner] {
            let client = plane.client(&plane.token("fraud", role).await);
            assert_eq!(refusal(client.policy_impact(&put(DOCUMENTS[0])).await).code, Code::Forbidden, "{role}");
        }
    }
}

#[test]
fn a_policy_cannot_have_the_name_of_an_address() {
    let error = "impact".parse::<PolicyName>().expect_err("it is none").to_string();
    assert_eq!(error, "policy name `impact` is an address of its own in the API; choose another");
}

/// Streams `s` and `t` of team `fraud` that ask for `a`, its own, `b`, which is public, and `c`, which is neither.
async fn asked(plane: &Plane) {
    plane.declare("fraud", &["a"]).await;
    plane.declare_as("payments", Classification::Public, &["b"]).await;
    plane.declare_as("payments", Classification::Internal, &["c"]).await;
    let fraud = plane.member("fraud").await;
    for stream in ["s", "t"] {
        settled(&fraud, stream, json!({"shard_count": 1, "purpose": "fraud-detection", "events": ["a", "b", "c"]}))
            .await;
    }
}

/// What each stream receives.
async fn received(plane: &Plane) -> BTreeSet<(String, String)> {
    let streams = plane.platform().await.streams(None).await.expect("a list").items;
    let active = |stream: &fanner_model::Stream| {
        let active = stream.access.iter().filter(|(_, access)| access.status == AccessStatus::Active);
        active.map(|(event, _)| (stream.name.to_string(), event.to_string())).collect::<Vec<_>>()
    };
    streams.iter().flat_map(active).collect()
}

fn put(text: &str) -> PolicyChange {
    PolicyChange { put: [(named("x"), text.to_owned())].into(), remove: BTreeSet::new() }
}

async fn security(plane: &Plane) -> Client {
    plane.client(&plane.token("security", Role::Security).await)
}
