//! Who is shown what: every page and every form, with every role.

use std::fs;

use fanner_model::{Role, Scope, Secret, TokenSpec};
use fanner_tests::{Plane, named, workspace};
use reqwest::Method;

use super::Visitor;
use super::visitor::Filled as _;

/// What answers somebody who is not logged in.
const OPEN: &[&str] = &["/login", "/login/thing", "/login/thing/back"];

#[tokio::test]
async fn without_a_login_there_is_nothing_to_see_but_where_to_log_in() {
    let plane = Plane::on_sqlite().await;
    let stranger = Visitor::stranger(&plane);
    for (method, path) in addresses() {
        let sent = match method {
            Method::GET => stranger.open(&path).await,
            _ => stranger.send(stranger.post(&path).filled(&[("seal", "x")])).await,
        };
        match OPEN.contains(&path.as_str()) {
            true => assert!([200, 401, 404, 422].contains(&sent.status), "{method} {path}: {sent:?}"),
            false => assert!(sent.status == 303 && sent.location().starts_with("/login?"), "{method} {path}: {sent:?}"),
        }
    }
}

#[tokio::test]
async fn each_role_sees_and_does_just_what_it_is_for() {
    let plane = Plane::on_sqlite().await;
    let mut matrix = vec![Vec::new(); addresses().len()];
    for role in [Role::Member, Role::Fanner, Role::Platform, Role::Security, Role::Auditor] {
        let token = plane.token("fraud", role).await;
        for (row, (method, path)) in matrix.iter_mut().zip(addresses()) {
            let status = visit(&plane, &token, &method, &path).await;
            assert_ne!(status, 500, "{method} {path} as {role}");
            row.push(if status == 403 { "-".to_owned() } else { role.to_string() });
        }
    }
    let lines = addresses().into_iter().zip(matrix);
    let lines: Vec<_> =
        lines.map(|((method, path), may)| format!("{:4} {path:24} {}", method.as_str(), may.join("  "))).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn a_token_of_the_scope_plan_sees_and_never_writes() {
    let plane = Plane::on_sqlite().await;
    let spec = TokenSpec { team: named("security"), role: Role::Security, scope: Scope::Plan, expires_at: None };
    let security = plane.client(&plane.token("security", Role::Security).await);
    let token = security.issue_token(&spec).await.expect("security may").secret;
    for (method, path) in addresses() {
        let status = visit(&plane, &token, &method, &path).await;
        let harmless = ["/login", "/logout", "/impact"].contains(&path.as_str());
        assert!(method == Method::GET || status == 403 || harmless, "{method} {path}: {status}");
    }
}

/// How a visit ends whose forms say nothing that is wrong by itself.
async fn visit(plane: &Plane, token: &Secret, method: &Method, path: &str) -> u16 {
    let visitor = Visitor::with(plane, token).await;
    if *method == Method::GET {
        return visitor.open(path).await.status;
    }
    let seal = visitor.open("/requests").await.seal();
    let mut fields = fields(path);
    fields.push(("seal", &seal));
    visitor.send(visitor.post(path).filled(&fields)).await.status
}

/// What a form says that is good.
fn fields(path: &str) -> Vec<(&'static str, &'static str)> {
    match path.rsplit('/').next().unwrap_or_default() {
        "rejection" | "revocation" => vec![("reason", "an incident")],
        "break-glass" => vec![
            ("arn", "arn:aws:iam::123456789012:role/oncall"),
            ("reason", "an incident"),
            ("expires_at", "2027-01-31"),
        ],
        "quarantines" => vec![("who", "everybody"), ("events", "everything"), ("reason", "an incident")],
        "answers" => vec![
            ("permission", "018f6b1e-7c5a-7bd0-9d2c-0242ac120002"),
            ("verdict", "attest"),
            ("reason", "still needed"),
        ],
        "campaigns" => vec![("title", "a review"), ("due_at", "2027-01-31"), ("unanswered", "listed")],
        "impact" => vec![("policy", "thing"), ("text", "")],
        "login" => vec![("token", "fnr_wrong")],
        _ => Vec::new(),
    }
}

/// Every method and address of the pages, with names filled in.
fn addresses() -> Vec<(Method, String)> {
    let filled = |path: String| path.replace("{name}", "thing").replace("{id}", "018f6b1e-7c5a-7bd0-9d2c-0242ac120002");
    routes().into_iter().map(|(method, path)| (method, filled(path))).collect()
}

/// Every method and address of the pages, as they stand in the source, so that none is missed.
pub(crate) fn routes() -> Vec<(Method, String)> {
    let source = fs::read_to_string(workspace().join("control-plane/src/page/mod.rs")).expect("the table is there");
    let mut routes = Vec::new();
    for route in source.split(".route(").skip(1) {
        let mut parts = route.trim_start().splitn(3, '"');
        let (Some(_), Some(path), Some(handlers)) = (parts.next(), parts.next(), parts.next()) else { continue };
        if !path.starts_with('/') {
            continue;
        }
        for (word, method) in [("get(", Method::GET), ("post(", Method::POST)] {
            if handlers.contains(word) {
                routes.push((method, path.to_owned()));
            }
        }
    }
    assert!(8 < routes.len());
    routes
}
