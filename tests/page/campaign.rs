//! Campaigns on their pages: opened, answered, given out.

use std::time::Duration;

use fanner_model::{CampaignId, Comment, Grant, PermissionId, Role};
use fanner_tests::{Plane, named, on_both_databases, spec};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::json;

use super::Visitor;
use super::visitor::asked;

on_both_databases! {
    async fn security_opens_a_campaign_and_the_owner_reduces_what_it_is_about(plane: Plane) {
        let grant = granted(&plane).await;
        let page = opened(&plane, &[("owner", "payments"), ("classification", "internal")]).await;
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        let shown = owner.open(&page).await.html;
        assert!(shown.contains("1 open") && shown.contains("at least internal") && !shown.contains("/export"), "{shown}");

        let (right, until) = (grant.id.to_string(), day(&plane, 20));
        let answers = format!("{page}/answers");
        let nothing = [("grant", &*right), ("verdict", "reduce"), ("reason", "no need of emails")];
        let refused = owner.fill(&page, &answers, &nothing).await;
        assert_eq!(refused.status, 422);
        assert!(refused.html.contains("nothing would be reduced") && refused.html.contains("no need of emails</textarea>"), "{}", refused.html);
        let wrong = [("grant", &*right), ("verdict", "reduce"), ("mask", "member..email"), ("reason", "x")];
        let refused = owner.fill(&page, &answers, &wrong).await;
        assert!(refused.html.contains(&format!(r#"id="answers-{right}-mask-wrong""#)), "{}", refused.html);
        let less = [("grant", &*right), ("verdict", "reduce"), ("mask", "member.email, ip"), ("until", &*until), ("reason", "no need of emails")];
        assert_eq!(owner.fill(&page, &answers, &less).await.status, 303);
        let shown = owner.open(&page).await.html;
        assert!(shown.contains("<strong>reduce</strong> without <code>ip, member.email</code> until "), "{shown}");
        let reduced = plane.member("payments").await.grant(grant.id).await.expect("it is there");
        assert_eq!(reduced.reduced, [named("ip"), named("member.email")].into());
        assert!(reduced.until < grant.until);
    }

    async fn a_standing_permission_is_offered_no_reduction(plane: Plane) {
        granted(&plane).await;
        let until = plane.clock.now() + Duration::from_secs(60 * 24 * 3600);
        let standing = spec(json!({"team": "growth", "events": {"owned_by": "payments"}, "expires_at": until}));
        plane.member("payments").await.put_permission(PermissionId::random(), &standing).await.expect("the owner may");
        let page = opened(&plane, &[("team", "growth")]).await;
        let shown = Visitor::of(&plane, "security", Role::Security).await.open(&page).await.html;
        assert!(shown.contains(r#"value="revoke""#) && !shown.contains(r#"value="reduce""#), "{shown}");
    }

    async fn reviewers_take_a_campaign_with_them_and_nobody_else_does(plane: Plane) {
        granted(&plane).await;
        let page = opened(&plane, &[]).await;
        let auditor = Visitor::of(&plane, "audit", Role::Auditor).await;
        assert!(auditor.open(&page).await.html.contains(&format!("{page}/export?format=csv")));
        for (query, kind, ending, told) in [
            ("format=csv", "text/csv; charset=utf-8", ".csv", "\"open\""),
            ("format=json", "application/json", ".json", "\"items\""),
            ("format=csv&note=true", "text/plain; charset=utf-8", ".csv.note", ".csv"),
            ("format=json&note=true", "text/plain; charset=utf-8", ".json.note", ".json"),
        ] {
            let file = auditor.open(&format!("{page}/export?{query}")).await;
            assert_eq!((file.status, file.headers[CONTENT_TYPE].to_str().expect("it is text")), (200, kind));
            let id = page.trim_start_matches("/campaigns/");
            assert_eq!(file.headers[CONTENT_DISPOSITION], format!("attachment; filename=\"campaign-{id}{ending}\""));
            assert!(file.html.contains(told), "{query}: {}", file.html);
        }
        for (team, role) in [("payments", Role::Member), ("platform", Role::Platform)] {
            let refused = Visitor::of(&plane, team, role).await.open(&format!("{page}/export?format=csv")).await;
            assert_eq!(refused.status, 403);
            assert!(!refused.html.contains("fraud-detection"), "{}", refused.html);
        }
    }

    async fn a_campaign_that_cannot_be_opened_is_typed_only_once(plane: Plane) {
        granted(&plane).await;
        let security = Visitor::of(&plane, "security", Role::Security).await;
        let due = day(&plane, 14);
        let fields = |owner| [("title", "Q3"), ("owner", owner), ("classification", "restricted"), ("due_at", &*due), ("unanswered", "revoked")];
        let refused = security.fill("/campaigns", "/campaigns", &fields("nobody-at-all")).await;
        assert_eq!(refused.status, 422);
        for told in ["in this scope; choose a wider one", r#"value="Q3""#, r#"value="nobody-at-all""#, "<option selected>restricted</option>", r#"<option value="revoked" selected>"#] {
            assert!(refused.html.contains(told), "`{told}` is not in {}", refused.html);
        }
        let refused = security.fill("/campaigns", "/campaigns", &fields("No Body")).await;
        assert!(refused.html.contains(r#"<p class="wrong" id="campaigns-owner-wrong">team name `No Body` contains `N`"#), "{}", refused.html);
        let member = Visitor::of(&plane, "payments", Role::Member).await;
        assert_eq!(member.fill("/", "/campaigns", &fields("payments")).await.status, 403);
        assert_eq!(plane.member("payments").await.campaigns(None).await.expect("everybody sees them").items, []);
    }
}

/// A grant of stream `s` of team `fraud` for `card_swiped` of team `payments`.
async fn granted(plane: &Plane) -> Grant {
    let request = asked(plane).await;
    plane.member("payments").await.approve(request.id, &Comment::default()).await.expect("the owner may");
    plane.member("fraud").await.grants(None, true).await.expect("a list").items.pop().expect("there is one")
}

/// The page of a campaign of two weeks that security opened about a scope.
async fn opened(plane: &Plane, scope: &[(&str, &str)]) -> String {
    let security = Visitor::of(plane, "security", Role::Security).await;
    let due = day(plane, 14);
    let fields = [&[("title", "Q3"), ("due_at", &due), ("unanswered", "listed")], scope].concat();
    let sent = security.fill("/campaigns", "/campaigns", &fields).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let _: CampaignId = named(sent.location().trim_start_matches("/campaigns/"));
    sent.location().to_owned()
}

/// The day that is so many days ahead, as a form sends it.
fn day(plane: &Plane, days: u64) -> String {
    (plane.clock.now() + Duration::from_secs(days * 24 * 3600)).strftime("%F").to_string()
}
