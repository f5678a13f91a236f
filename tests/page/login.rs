//! Logins: who gets one, what it is good for, and when it ends.

use std::time::Duration;

use fanner_model::{Role, Scope, TokenId, TokenSpec};
use fanner_tests::{Plane, named, on_both_databases};
use reqwest::{Method, header};

use super::Visitor;
use super::visitor::Filled as _;

const HOUR: Duration = Duration::from_secs(3600);

on_both_databases! {
    async fn who_has_a_token_logs_in_and_goes_where_they_wanted(plane: Plane) {
        let stranger = Visitor::stranger(&plane);
        let first = stranger.open("/requests?all=true").await;
        assert_eq!((first.status, first.location()), (303, "/login?to=%2Frequests%3Fall%3Dtrue"));
        let form = stranger.open(first.location()).await;
        assert!(form.html.contains(r#"name="to" value="/requests?all=true""#), "{}", form.html);
        let token = plane.token("fraud", Role::Member).await;
        let fields = [("token", token.expose()), ("to", "/requests?all=true")];
        let sent = stranger.send(stranger.post("/login").filled(&fields)).await;
        assert_eq!((sent.status, sent.location()), (303, "/requests?all=true"));
        let cookie = sent.headers[header::SET_COOKIE].to_str().expect("it is text");
        assert!(cookie.starts_with("fanner=fnl_") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800"), "{cookie}");
        assert_eq!(Visitor::with(&plane, &token).await.open("/").await.status, 200);
    }

    async fn a_login_ends_after_an_hour_unused_and_after_eight_at_the_latest(plane: Plane) {
        let token = plane.token("fraud", Role::Member).await;
        let (idle, busy) = (Visitor::with(&plane, &token).await, Visitor::with(&plane, &token).await);
        for _ in 0..8 {
            assert_eq!(busy.open("/").await.status, 200);
            plane.clock.advance(HOUR - Duration::from_secs(1));
        }
        let over = idle.open("/").await;
        assert_eq!((over.status, over.cookie().as_deref()), (303, Some("fanner=")));
        assert_eq!(busy.open("/").await.status, 200);
        plane.clock.advance(Duration::from_secs(8));
        assert_eq!(busy.open("/").await.status, 303);
    }

    async fn a_login_dies_with_its_token(plane: Plane) {
        let platform = plane.platform().await;
        let spec = TokenSpec { team: named("fraud"), role: Role::Member, scope: Scope::Full, expires_at: None };
        let new = platform.issue_token(&spec).await.expect("the platform may");
        let id: TokenId = new.token.id;
        let visitor = Visitor::with(&plane, &new.secret).await;
        assert_eq!(visitor.open("/").await.status, 200);
        platform.revoke_token(id).await.expect("the platform may");
        assert_eq!(visitor.open("/").await.status, 303);
    }

    async fn a_login_ends_no_later_than_its_token(plane: Plane) {
        let end = plane.clock.now() + Duration::from_secs(600);
        let spec = TokenSpec { team: named("fraud"), role: Role::Member, scope: Scope::Full, expires_at: Some(end) };
        let new = plane.platform().await.issue_token(&spec).await.expect("the platform may");
        let visitor = Visitor::with(&plane, &new.secret).await;
        plane.clock.advance(Duration::from_secs(601));
        assert_eq!(visitor.open("/").await.status, 303);
    }

    async fn who_logs_out_is_out_though_the_cookie_was_kept(plane: Plane) {
        let visitor = Visitor::of(&plane, "fraud", Role::Member).await;
        let sent = visitor.fill("/", "/logout", &[]).await;
        assert_eq!((sent.status, sent.location(), sent.cookie().as_deref()), (303, "/login", Some("fanner=")));
        assert_eq!(visitor.open("/").await.status, 303);
    }
}

#[tokio::test]
async fn who_guesses_is_told_so_and_then_waits() {
    let plane = Plane::on_sqlite().await;
    let stranger = Visitor::stranger(&plane);
    for _ in 0..20 {
        let sent = stranger.log_in("fnr_guess").await;
        assert_eq!((sent.status, sent.cookie()), (401, None));
        assert!(sent.html.contains("the token is not known") && !sent.html.contains("fnr_guess"), "{}", sent.html);
    }
    assert_eq!(stranger.log_in("fnr_guess").await.status, 429);
    let token = plane.token("fraud", Role::Member).await;
    assert_eq!(stranger.log_in(token.expose()).await.status, 429, "a guess that is right is not told from others");
    plane.clock.advance(Duration::from_secs(3));
    assert_eq!(stranger.log_in(token.expose()).await.status, 303);
}

#[tokio::test]
async fn a_login_is_no_token_and_a_token_is_no_login() {
    let plane = Plane::on_sqlite().await;
    let token = plane.token("fraud", Role::Member).await;
    let sent = Visitor::stranger(&plane).log_in(token.expose()).await;
    let login = sent.cookie().expect("it is kept");
    let secret = login.trim_start_matches("fanner=");
    let stranger = Visitor::stranger(&plane);
    let with_login = stranger.request(Method::GET, "/v1/streams").bearer_auth(secret);
    assert_eq!(stranger.send(with_login).await.status, 401);
    let with_token = stranger.request(Method::GET, "/").header(header::COOKIE, format!("fanner={}", token.expose()));
    assert_eq!(stranger.send(with_token).await.status, 303);
    assert_eq!(stranger.log_in(secret).await.status, 401);
}

#[tokio::test]
async fn elsewhere_than_on_this_machine_the_cookie_is_never_in_the_clear() {
    let plane = Plane::on_sqlite().await;
    let token = plane.token("fraud", Role::Member).await;
    let stranger = Visitor::stranger(&plane);
    let request = stranger.request(Method::POST, "/login").header(header::HOST, "fanner.example.com");
    let request = request.header(header::ORIGIN, "https://fanner.example.com").filled(&[("token", token.expose())]);
    let sent = stranger.send(request).await;
    let cookie = sent.headers[header::SET_COOKIE].to_str().expect("it is text");
    assert!(cookie.starts_with("__Host-fanner=fnl_") && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn who_follows_a_link_from_another_site_is_asked_for_the_cookie_again() {
    let plane = Plane::on_sqlite().await;
    let stranger = Visitor::stranger(&plane);
    let sent = stranger.send(stranger.request(Method::GET, "/requests").header("sec-fetch-site", "cross-site")).await;
    assert_eq!(sent.status, 200);
    assert!(sent.html.contains(r#"<meta http-equiv="refresh" content="0; url=/requests">"#), "{}", sent.html);
}

#[tokio::test]
async fn the_database_has_no_secret_of_a_login() {
    let plane = Plane::on_sqlite().await;
    let token = plane.token("fraud", Role::Member).await;
    let login = Visitor::stranger(&plane).log_in(token.expose()).await.cookie().expect("it is kept");
    let stored = plane.stored();
    assert!(!stored.contains(login.trim_start_matches("fanner=")) && !stored.contains(token.expose()));
    assert!(stored.contains("\"noun\":\"sessions\""), "the log tells of it");
}
