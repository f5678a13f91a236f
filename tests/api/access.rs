//! Whoever is not known is not answered, on any route of the contract.

use fanner_model::{Role, Scope, Secret, TokenSpec};
use fanner_tests::{Plane, named};
use serde_json::json;

use crate::routes;

/// The addresses that answer without a caller.
const OPEN: [&str; 4] = ["/healthz", "/metrics", "/openapi.json", "/readyz"];

#[tokio::test]
async fn no_route_but_the_open_ones_answers_a_caller_that_is_not_known() {
    let plane = Plane::on_sqlite().await;
    let (expired, revoked) = (expired(&plane).await, revoked(&plane).await);
    for (method, path) in routes(&plane).await {
        let path = path.replace("{name}", "thing").replace("{id}", "018f6b1e-7c5a-7bd0-9d2c-0242ac120002");
        for token in [None, Some(&Secret::new("fnr_wrong")), Some(&expired), Some(&revoked)] {
            // Whoever fails that often waits.
            plane.clock.advance(std::time::Duration::from_secs(3));
            let answer = plane.ask(method.clone(), &path, token, Some(&json!({"token": "fnr_wrong"}))).await;
            let expected = if OPEN.contains(&path.as_str()) { 200 } else { 401 };
            assert_eq!(answer.status, expected, "{method} {path} with {token:?}: {answer:?}");
            assert!(expected == 200 || answer.body["code"] == "unauthenticated", "{answer:?}");
        }
    }
}

async fn expired(plane: &Plane) -> Secret {
    let end = plane.clock.now() + std::time::Duration::from_secs(60);
    let spec = TokenSpec { team: named("fraud"), role: Role::Platform, scope: Scope::Full, expires_at: Some(end) };
    let secret = plane.platform().await.issue_token(&spec).await.expect("a token is issued").secret;
    plane.clock.advance(std::time::Duration::from_secs(61));
    secret
}

async fn revoked(plane: &Plane) -> Secret {
    let spec = TokenSpec { team: named("fraud"), role: Role::Platform, scope: Scope::Full, expires_at: None };
    let new = plane.platform().await.issue_token(&spec).await.expect("a token is issued");
    plane.platform().await.revoke_token(new.token.id).await.expect("it is revoked");
    new.secret
}
