//! Tokens of an issuer: exchanged once for a session of minutes, or refused.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanner_model::{NewSession, Role, Scope};
use fanner_tests::{Issuer, Plane, on_both_databases};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::json;

use super::{Story, shown};

on_both_databases! {
    async fn a_token_is_exchanged_for_a_session_that_lasts_minutes(plane: Plane) {
        let story = Story::new(&plane).await;
        let NewSession { secret, caller, team, role, scope, expires_at } = story.session(&story.token(json!({}))).await;
        assert_eq!((caller.as_str(), team.as_str()), ("workload:ci:repo:acme/fraud", "fraud"));
        assert_eq!((role, scope), (Role::Member, Scope::Full));
        let lasts = expires_at.duration_since(plane.clock.now());
        assert!(lasts <= jiff::SignedDuration::from_mins(15), "{lasts:?}");
        let ask = || story.ask(Method::GET, "/v1/caller", Some(secret.expose()), None);
        let expected = json!({"id": "workload:ci:repo:acme/fraud", "team": "fraud", "role": "member", "scope": "full"});
        assert_eq!(ask().await.body, expected);
        plane.clock.advance(Duration::from_secs(901));
        assert_eq!(ask().await.status, 401, "it is over");
    }

    async fn a_token_is_exchanged_once(plane: Plane) {
        let story = Story::new(&plane).await;
        let token = story.token(json!({}));
        let together = tokio::join!(story.exchange(&token), story.exchange(&token), story.exchange(&token));
        let mut statuses = [together.0.status, together.1.status, together.2.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 401, 401], "{together:?}");
        let again = shown(&story.exchange(&token).await);
        assert_eq!(again, "401 unauthenticated: the proof was exchanged before; it is good once, so get a new one");
        plane.clock.advance(Duration::from_secs(700));
        assert_eq!(story.exchange(&token).await.status, 401, "not even when nobody remembers it");
    }

    async fn a_session_of_a_plan_reads_and_plans_and_never_writes(plane: Plane) {
        let story = Story::new(&plane).await;
        let planning = story.session(&story.token(json!({"run_phase": "plan"}))).await.secret;
        let with = |method, path, body| story.ask(method, path, Some(planning.expose()), body);
        assert_eq!(with(Method::GET, "/v1/streams", None).await.status, 200);
        let plan = json!({"stream": {"name": "s", "spec": {}}});
        assert_eq!(with(Method::POST, "/v1/plan", Some(plan)).await.status, 200);
        let refused = with(Method::PUT, "/v1/streams/s", Some(json!({}))).await;
        let words = "403 forbidden: a caller of the scope `plan` reads and plans; it may not change streams";
        assert_eq!(shown(&refused), words);
        assert_eq!(with(Method::GET, "/v1/streams/s", None).await.status, 404, "nothing was made");
    }
}

#[tokio::test]
async fn every_token_that_is_not_good_is_refused() {
    let plane = Plane::on_sqlite().await;
    let story = Story::new(&plane).await;
    let now = plane.clock.now().as_second();
    let elsewhere = Issuer::start().await;
    let shared = Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) };
    let claims = story.claims(json!({"iss": "none"}));
    let refused = [
        ("forged", elsewhere.token(&story.claims(json!({"iss": story.issuer.trusted("").split('"').nth(1)})))),
        ("of another issuer", elsewhere.token(&story.claims(json!({})))),
        (
            "unsigned",
            [&json!({"alg": "none", "kid": "k1"}), &claims]
                .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
                .join(".")
                + ".",
        ),
        (
            "signed with a shared secret",
            encode(&shared, &claims, &EncodingKey::from_secret(b"k1")).expect("it is signed"),
        ),
        ("expired", story.token(json!({"exp": now - 1}))),
        ("too old", story.token(json!({"iat": now - 601}))),
        ("too early", story.token(json!({"nbf": now + 60}))),
        ("from the future", story.token(json!({"iat": now + 60}))),
        ("for others", story.token(json!({"aud": "other"}))),
        ("of a stranger", story.token(json!({"repository": "acme/other"}))),
        ("oversized", story.token(json!({"padding": "x".repeat(9000)}))),
        ("nothing", String::new()),
    ];
    for (what, token) in refused {
        let answer = story.exchange(&token).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("unauthenticated")), "{what}: {answer:?}");
        assert!(!answer.body.to_string().contains(&token) || token.is_empty(), "{what} is repeated");
    }
    let metrics = story.ask(Method::GET, "/metrics", None, None).await.body;
    let metrics = metrics.as_str().unwrap_or_default();
    assert!(metrics.contains(r#"fanner_rejected_callers_total{kind="unproven"} 4"#), "{metrics}");
    assert!(metrics.contains(r#"fanner_rejected_callers_total{kind="unacceptable"} 6"#), "{metrics}");
}
