//! Tokens: issued, used, revoked, over.

use std::time::Duration;

use fanner_client::Client;
use fanner_model::{Caller, Code, Role, Secret, TokenSpec};
use fanner_tests::{Plane, named, on_both_databases};

use crate::refusal;

on_both_databases! {
    async fn a_token_says_who_calls_until_it_is_revoked(plane: Plane) {
        let platform = plane.platform().await;
        let new = platform.issue_token(&asked("fraud", None)).await.expect("it is issued");
        let fraud = plane.client(&new.secret);
        assert_eq!(fraud.caller().await.expect("it is known"), Caller { team: named("fraud"), role: Role::Member });
        assert!(platform.tokens(None).await.expect("a list").items.contains(&new.token));
        platform.revoke_token(new.token.id).await.expect("it is revoked");
        assert_unknown(&fraud).await;
        assert!(!platform.tokens(None).await.expect("a list").items.contains(&new.token));
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

fn asked(team: &str, expires_at: Option<jiff::Timestamp>) -> TokenSpec {
    TokenSpec { team: named(team), role: Role::Member, expires_at }
}

async fn assert_unknown(client: &Client) {
    let problem = refusal(client.caller().await);
    assert_eq!(
        (problem.code, problem.detail.as_str()),
        (
            Code::Unauthenticated,
            "the token is not known, has expired or was revoked; ask the platform team for a new one"
        )
    );
}
