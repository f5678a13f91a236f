//! Standing permissions: given only where they can permit something.

use fanner_client::Precondition;
use fanner_model::{Change, Classification, PermissionId, PermissionSpec, PlanRequest, PolicySpec, Role};
use fanner_tests::{Plane, named, on_both_databases, spec};
use serde_json::{Value, json};

use crate::{line, refusal};

on_both_databases! {
    async fn what_would_never_permit_anything_is_not_given(plane: Plane) {
        plane.declare_as("payments", Classification::Confidential, &["card_swiped"]).await;
        let payments = plane.member("payments").await;
        let given = payments.put_permission(PermissionId::random(), &permission(json!({"event": "card_swiped"}))).await;
        let words = "invalid_field at events.event: `card_swiped` is `confidential`, and a standing permission includes `public` and `internal` events only; a stream that asks for it needs a grant of its own";
        assert_eq!(line(&refusal(given)), words);
        payments.put_permission(PermissionId::random(), &permission(json!({"owned_by": "payments"}))).await.expect("some may be internal");
    }

    async fn the_policies_decide_what_it_can_include(plane: Plane) {
        plane.declare_as("payments", Classification::Confidential, &["card_swiped"]).await;
        let security = plane.client(&plane.token("security", Role::Security).await);
        let shipped = security.policy(&named("default")).await.expect("it ships").spec.text;
        let wider = PolicySpec { description: None, text: shipped.replace(r#"Fanner::Classification::"internal"].contains"#, r#"Fanner::Classification::"confidential"].contains"#) };
        assert_ne!(wider.text, shipped);
        security.put_policy(&named("default"), &wider, Precondition::None).await.expect("security may");
        let card_swiped = permission(json!({"event": "card_swiped"}));
        plane.member("payments").await.put_permission(PermissionId::random(), &card_swiped).await.expect("it is of use now");
    }

    async fn an_event_that_nobody_declared_is_refused_to_everybody(plane: Plane) {
        plane.declare_as("payments", Classification::Internal, &["card_swiped"]).await;
        let misspelt = permission(json!({"event": "card_swipped"}));
        for caller in [plane.member("payments").await, plane.client(&plane.token("security", Role::Security).await)] {
            let words = "unknown_event at events.event: event `card_swipped` is not declared; did you mean `card_swiped`?";
            assert_eq!(line(&refusal(caller.put_permission(PermissionId::random(), &misspelt).await)), words);
        }
    }

    async fn a_plan_finds_what_giving_it_would_be_refused_for(plane: Plane) {
        plane.declare("payments", &["salary_paid"]).await;
        let plan = PlanRequest::Permission { spec: PermissionSpec { expires_at: plane.clock.now(), ..permission(json!({"event": "salary_paid"})) } };
        let ask = async |team: &str, role| {
            let caller = plane.client(&plane.token(team, role).await);
            let answer = caller.plan(&plan).await.expect("a plan");
            assert_eq!(answer.change, Change::Create);
            answer.problems.iter().map(|problem| problem.field.clone().unwrap_or_default()).collect::<Vec<_>>()
        };
        for (team, role) in [("payments", Role::Member), ("security", Role::Security)] {
            assert_eq!(ask(team, role).await, ["events.event", "expires_at"], "{role}");
        }
        assert_eq!(ask("growth", Role::Member).await, [""], "it is not theirs");
        assert_eq!(ask("platform", Role::Platform).await, [""], "the platform decides nothing");
        assert!(plane.platform().await.permissions(None).await.expect("a list").items.is_empty());
    }
}

/// A permission of team `fraud`, for a long time.
fn permission(events: Value) -> PermissionSpec {
    spec(json!({"team": "fraud", "events": events, "expires_at": "2100-01-01T00:00:00Z"}))
}
