//! Tokens: issued, used, revoked, over.

use std::time::Duration;

use fanner_client::{Client, Precondition};
use fanner_model::{Caller, Code, PlanRequest, Role, Scope, Secret, Token, TokenSpec};
use fanner_tests::{Plane, named, on_both_databases, spec};
use serde_json::json;

use crate::refusal;

on_both_databases! {
    async fn a_token_says_who_calls_until_it_is_revoked(plane: Plane) {
        let platform = plane.platform().await;
        let new = platform.issue_token(&asked("fraud", None)).await.expect("it is issued");
        let fraud = plane.client(&new.secret);
        let id = named(&format!("token:{}", new.token.id));
        let caller = Caller { id, team: named("fraud"), role: Role::Member, scope: Scope::Full };
        assert_eq!(fraud.caller().await.expect("it is known"), caller);
        assert!(listed(&plane, &new.token).await.is_some());
        platform.revoke_token(new.token.id).await.expect("it is revoked");
        assert_unknown(&fraud).await;
        assert!(listed(&plane, &new.token).await.is_none());
    }

    async fn a_token_tells_to_the_minute_when_it_was_last_used(plane: Plane) {
        let new = plane.platform().await.issue_token(&asked("fraud", None)).await.expect("it is issued");
        let last_used = async || listed(&plane, &new.token).await.and_then(|token| token.last_used_at);
        assert_eq!(last_used().await, None);
        let fraud = plane.client(&new.secret);
        fraud.caller().await.expect("it is known");
        let first = last_used().await.expect("it was used");
        plane.clock.advance(Duration::from_secs(50));
        fraud.caller().await.expect("it is known");
        assert_eq!(last_used().await, Some(first));
        plane.clock.advance(Duration::from_secs(10));
        fraud.caller().await.expect("it is known");
        assert!(last_used().await.is_some_and(|last| first < last));
    }

    async fn who_runs_the_platform_does_not_make_itself_the_one_who_decides(plane: Plane) {
        let security = TokenSpec { role: Role::Security, ..asked("security", None) };
        let problem = refusal(plane.platform().await.issue_token(&security).await);
        let words = "a caller of role `platform` does not issue tokens of role `security`";
        assert_eq!((problem.code, problem.detail.as_str()), (Code::Forbidden, words));
        let by_security = plane.client(&plane.token("security", Role::Security).await);
        by_security.issue_token(&security).await.expect("it is issued");
        let platform = TokenSpec { role: Role::Platform, ..asked("platform", None) };
        assert_eq!(refusal(by_security.issue_token(&platform).await).code, Code::Forbidden);
    }

    async fn a_token_may_be_for_planning_only(plane: Plane) {
        let planning = TokenSpec { scope: Scope::Plan, ..asked("fraud", None) };
        let new = plane.platform().await.issue_token(&planning).await.expect("it is issued");
        let planning = plane.client(&new.secret);
        assert!(planning.streams(None).await.is_ok());
        let stream = PlanRequest::Stream { name: named("s"), spec: spec(json!({})) };
        assert_eq!(planning.plan(&stream).await.expect("a plan").problems, [], "another token will apply it");
        let written = planning.put_stream(&named("s"), &spec(json!({})), Precondition::None).await;
        assert_eq!(refusal(written).detail, "a caller of the scope `plan` reads and plans; it may not change streams");
    }

    async fn a_token_ends_after_ninety_days(plane: Plane) {
        let fraud = plane.member("fraud").await;
        plane.clock.advance(Duration::from_hours(24 * 90) - Duration::from_secs(60));
        fraud.caller().await.expect("it is still known");
        plane.clock.advance(Duration::from_secs(61));
        assert_unknown(&fraud).await;
    }

    async fn a_token_cannot_last_longer(plane: Plane) {
        let end = plane.clock.now() + Duration::from_hours(24 * 91);
        let problem = refusal(plane.platform().await.issue_token(&asked("fraud", Some(end))).await);
        assert_eq!((problem.code, problem.field.as_deref()), (Code::InvalidField, Some("expires_at")));
        assert!(problem.detail.contains("is more than 90 days away; choose at most"), "{}", problem.detail);
    }

    async fn a_wrong_secret_is_nobody(plane: Plane) {
        assert_unknown(&plane.client(&Secret::new("fnr_wrong"))).await;
    }

    async fn no_answer_repeats_a_secret(plane: Plane) {
        let secret = plane.token("fraud", Role::Member).await;
        let token = plane.token("platform", Role::Platform).await;
        let listed = plane.ask(reqwest::Method::GET, "/v1/tokens", Some(&token), None).await.body.to_string();
        assert!(!listed.contains(secret.expose()) && !listed.contains("secret"), "{listed}");
    }
}

/// The token as it is listed.
async fn listed(plane: &Plane, token: &Token) -> Option<Token> {
    let tokens = plane.platform().await.tokens(None).await.expect("a list").items;
    tokens.into_iter().find(|listed| listed.id == token.id)
}

fn asked(team: &str, expires_at: Option<jiff::Timestamp>) -> TokenSpec {
    TokenSpec { team: named(team), role: Role::Member, scope: Scope::Full, expires_at }
}

async fn assert_unknown(client: &Client) {
    let problem = refusal(client.caller().await);
    assert_eq!(
        (problem.code, problem.detail.as_str()),
        (
            Code::Unauthenticated,
            "the token is not known, has expired or was revoked; get a new one, from where this one came from"
        )
    );
}
