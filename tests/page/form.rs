//! Forms: who may have them sent.

use fanner_model::{RequestStatus, Role};
use fanner_tests::{Plane, on_both_databases};
use reqwest::{Method, header};

use super::Visitor;
use super::visitor::{Filled as _, asked};

on_both_databases! {
    async fn a_form_that_is_not_ours_changes_nothing_and_is_recorded(plane: Plane) {
        let request = asked(&plane).await;
        let (page, form) = (format!("/requests/{}", request.id), format!("/requests/{}/approval", request.id));
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        let seal = owner.open(&page).await.seal();
        let others = Visitor::of(&plane, "payments", Role::Member).await.open(&page).await.seal();
        let foreign = |site: &'static str| owner.post(&form).header("sec-fetch-site", site).filled(&[("seal", &seal)]);
        let origin = |origin: &'static str| owner.request(Method::POST, &form).header(header::ORIGIN, origin).filled(&[("seal", &seal)]);
        for (what, sent) in [
            ("without a seal", owner.post(&form).filled(&[("comment", "yes")])),
            ("with another login's seal", owner.post(&form).filled(&[("seal", &others)])),
            ("with a made-up seal", owner.post(&form).filled(&[("seal", "x")])),
            ("from another site", foreign("cross-site")),
            ("from a neighbouring site", foreign("same-site")),
            ("from another origin", origin("https://evil.example")),
            ("from nowhere", owner.request(Method::POST, &form).filled(&[("seal", &seal)])),
        ] {
            let sent = owner.send(sent).await;
            assert_eq!(sent.status, 403, "{what}: {sent:?}");
            assert!(sent.html.contains("this form is not accepted"), "{what}: {sent:?}");
        }
        let client = plane.member("payments").await;
        assert_eq!(client.request(request.id).await.expect("it is there").status, RequestStatus::Pending);
        let security = plane.client(&plane.token("security", Role::Security).await);
        let entries = security.audit_entries(None).await.expect("security may").items;
        let refused = entries.iter().filter_map(|entry| entry.text.as_deref()).filter(|text| text.contains(r#""action":"approve""#));
        assert_eq!(refused.filter(|text| text.contains(r#""outcome":"refused""#)).count(), 7);
        let sent = owner.send(owner.post(&form).filled(&[("seal", &seal)])).await;
        assert_eq!((sent.status, sent.location()), (303, page.as_str()));
    }
}

#[tokio::test]
async fn nobody_is_logged_in_by_another_site() {
    let plane = Plane::on_sqlite().await;
    let token = plane.token("fraud", Role::Member).await;
    let stranger = Visitor::stranger(&plane);
    for origin in ["https://evil.example", "null"] {
        let request = stranger.request(Method::POST, "/login").header(header::ORIGIN, origin);
        let sent = stranger.send(request.filled(&[("token", token.expose())])).await;
        assert_eq!((sent.status, sent.cookie()), (403, None), "{sent:?}");
    }
}

#[tokio::test]
async fn what_is_no_form_is_not_read() {
    let plane = Plane::on_sqlite().await;
    let visitor = Visitor::of(&plane, "fraud", Role::Member).await;
    let json = visitor.post("/logout").header(header::CONTENT_TYPE, "text/plain").body("seal=x");
    assert_eq!(visitor.send(json).await.status, 400);
    let large = visitor.post("/logout").filled(&[("seal", &"x".repeat(1024 * 1024))]);
    assert_eq!(visitor.send(large).await.status, 413);
    assert_eq!(visitor.open("/").await.status, 200, "the login goes on");
}
