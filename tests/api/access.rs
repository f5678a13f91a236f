//! Who may call what: every route of the contract, with every kind of caller.

use fanner_model::{Role, Scope, Secret, TokenSpec};
use fanner_tests::{Plane, named};
use reqwest::Method;
use serde_json::{Value, json};

/// The addresses that answer without a caller.
const OPEN: [&str; 4] = ["/healthz", "/metrics", "/openapi.json", "/readyz"];

/// The address whose caller brings a proof instead.
const PROVEN: &str = "/v1/sessions";

#[tokio::test]
async fn no_route_but_the_open_ones_answers_a_caller_that_is_not_known() {
    let plane = Plane::on_sqlite().await;
    let (expired, revoked) = (expired(&plane).await, revoked(&plane).await);
    for (method, path) in routes(&plane).await {
        for token in [None, Some(&Secret::new("fnr_wrong")), Some(&expired), Some(&revoked)] {
            // Whoever fails that often waits.
            plane.clock.advance(std::time::Duration::from_secs(3));
            let answer = plane.ask(method.clone(), &path, token, body(&path).as_ref()).await;
            let expected = if OPEN.contains(&path.as_str()) { 200 } else { 401 };
            assert_eq!(answer.status, expected, "{method} {path} with {token:?}: {answer:?}");
            assert!(expected == 200 || answer.body["code"] == "unauthenticated", "{answer:?}");
        }
    }
}

#[tokio::test]
async fn each_role_may_do_just_what_it_is_for() {
    let plane = Plane::on_sqlite().await;
    let mut matrix = Vec::new();
    for (method, path) in routes(&plane).await {
        let mut may = Vec::new();
        for role in [Role::Member, Role::Fanner, Role::Platform, Role::Security, Role::Auditor] {
            let token = plane.token("fraud", role).await;
            let answer = plane.ask(method.clone(), &path, Some(&token), body(&path).as_ref()).await;
            assert!(answer.status != 401 || path == PROVEN, "{method} {path} as {role}");
            may.push(if answer.status == 403 { "-".to_owned() } else { role.to_string() });
        }
        matrix.push(format!("{:6} {path:24} {}", method.as_str(), may.join("  ")));
    }
    matrix.sort_by(|one, other| one[7..].cmp(&other[7..]));
    insta::assert_snapshot!(matrix.join("\n"));
}

/// Every method and address of the contract that the control plane serves, with names filled in.
async fn routes(plane: &Plane) -> Vec<(Method, String)> {
    let contract = plane.ask(Method::GET, "/openapi.json", None, None).await.body;
    let paths = contract["paths"].as_object().expect("a contract has paths");
    let mut routes = Vec::new();
    for (path, methods) in paths {
        let id = "018f6b1e-7c5a-7bd0-9d2c-0242ac120002";
        let path = path.replace("{name}", "thing").replace("{id}", id);
        let path = if path == "/v1/rules" { format!("{path}?worker=w") } else { path };
        for method in methods.as_object().expect("a path has methods").keys() {
            routes.push((method.to_uppercase().parse().expect("a method"), path.clone()));
        }
    }
    assert!(20 < routes.len());
    routes
}

/// A body that the route takes.
fn body(path: &str) -> Option<Value> {
    let body = match path.split('/').nth(2).unwrap_or_default() {
        "subscriptions" => json!({"stream": "thing", "events": []}),
        "plan" => json!({"event_type": {"name": "thing", "spec": {}}}),
        "tokens" => json!({"team": "fraud"}),
        "sightings" => json!({"events": []}),
        "sessions" => json!({"token": "fnr_wrong"}),
        "policies" => json!({"text": ""}),
        "permissions" => json!({"team": "fraud", "events": {"event": "thing"}, "expires_at": "2100-01-01T00:00:00Z"}),
        "quarantines" => json!({"who": "everybody", "events": {"event": "thing"}, "reason": "an incident"}),
        _ if path.ends_with("/rejection") || path.ends_with("/revocation") => json!({"reason": "no"}),
        _ => json!({}),
    };
    Some(body)
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
