//! Forms: who may have them sent, and how those come again that are refused.

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

/// A form that says something wrong.
struct Mistake {
    page: &'static str,
    form: &'static str,
    fields: &'static [(&'static str, &'static str)],
    /// Where it says what is wrong.
    place: &'static str,
    /// What it still says when it comes again.
    kept: &'static [&'static str],
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        page: "REQUEST",
        form: "REQUEST/rejection",
        fields: &[("reason", " ")],
        place: "rejection-reason-wrong",
        kept: &[],
    },
    Mistake {
        page: "/quarantines",
        form: "/quarantines",
        fields: &[("who", "team"), ("who_name", "No Body"), ("events", "everything"), ("reason", "INC-4711")],
        place: "quarantines-who_name-wrong",
        kept: &[
            r#"<option value="team" selected>"#,
            r#"value="No Body""#,
            r#"<option value="everything" selected>"#,
            "INC-4711</textarea>",
        ],
    },
    Mistake {
        page: "/campaigns",
        form: "/campaigns",
        fields: &[("title", "Q3"), ("due_at", "2001-02-03"), ("unanswered", "revoked")],
        place: "campaigns-due_at-wrong",
        kept: &[r#"value="Q3""#, r#"value="2001-02-03""#, r#"<option value="revoked" selected>"#],
    },
    Mistake {
        page: "/impact",
        form: "/impact",
        fields: &[("policy", "trial"), ("text", "permit (")],
        place: "impact-text-wrong",
        kept: &[r#"value="trial""#, "permit (</textarea>"],
    },
];

#[tokio::test]
async fn what_was_typed_comes_again_with_what_is_wrong_beside_it() {
    let plane = Plane::on_sqlite().await;
    let request = format!("/requests/{}", asked(&plane).await.id);
    let security = Visitor::of(&plane, "security", Role::Security).await;
    for Mistake { page, form, fields, place, kept } in MISTAKES {
        let [page, form] = [page, form].map(|path| path.replace("REQUEST", &request));
        let refused = security.fill(&page, &form, fields).await;
        assert_eq!(refused.status, 422, "{form}: {refused:?}");
        assert!(refused.html.contains("<title>Not accepted: "), "{form}: {}", refused.html);
        assert_eq!(refused.html.matches(r#"role="alert""#).count(), 1, "{form}: {}", refused.html);
        assert_eq!(
            refused.html.matches(&format!(r#"<p class="wrong" id="{place}">"#)).count(),
            1,
            "{form}: {}",
            refused.html
        );
        let refers =
            refused.html.split('<').find(|tag| tag.contains(r#"aria-invalid="true""#)).expect("a field is wrong");
        assert!(refers.contains(place) && refers.contains("aria-describedby"), "{form}: {refers}");
        for told in *kept {
            assert!(refused.html.contains(told), "{form}: `{told}` is not in {}", refused.html);
        }
        let fresh = security.open(&page).await.html;
        assert!(!fresh.contains("aria-invalid"), "{form}: {fresh}");
    }
}

#[tokio::test]
async fn what_is_asked_in_an_address_comes_again_as_well() {
    let plane = Plane::on_sqlite().await;
    let visitor = Visitor::of(&plane, "fraud", Role::Member).await;
    let refused = visitor.open("/explanation?stream=s&event=No+Event&at=noon").await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.html.contains(r#"value="No Event""#) && refused.html.contains(r#"id="explanation-event-wrong""#),
        "{}",
        refused.html
    );
    let missing = visitor.open("/explanation?stream=nothing&event=card_swiped&at=").await;
    assert_eq!(missing.status, 404);
    assert!(missing.html.contains(r#"value="nothing""#), "{}", missing.html);
}

#[tokio::test]
async fn whoever_may_not_send_a_form_is_told_on_its_page() {
    let plane = Plane::on_sqlite().await;
    let page = format!("/requests/{}", asked(&plane).await.id);
    let asker = Visitor::of(&plane, "fraud", Role::Member).await;
    let refused = asker.fill(&page, &format!("{page}/approval"), &[("comment", "mine")]).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.html.contains(r#"role="alert""#) && refused.html.contains("Take the request back"),
        "{}",
        refused.html
    );
    let stranger = Visitor::of(&plane, "growth", Role::Member).await;
    let refused = stranger.fill("/requests", &format!("{page}/approval"), &[]).await;
    assert_eq!(refused.status, 404);
    assert!(!refused.html.contains("fraud-detection"), "{}", refused.html);
}

#[tokio::test]
async fn a_token_that_is_refused_is_never_shown_again() {
    let plane = Plane::on_sqlite().await;
    let stranger = Visitor::stranger(&plane);
    let sent = stranger.send(stranger.post("/login").filled(&[("token", "fnr_secret"), ("to", "/requests")])).await;
    assert_eq!(sent.status, 401);
    assert!(sent.html.contains(r#"name="to" value="/requests""#) && !sent.html.contains("fnr_secret"), "{}", sent.html);
    let blank = stranger.send(stranger.post("/login").filled(&[("token", " "), ("to", "/requests")])).await;
    assert_eq!(blank.status, 422);
    assert!(blank.html.contains("`token` was left blank; fill it in"), "{}", blank.html);
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
