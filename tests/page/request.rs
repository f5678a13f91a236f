//! Requests, decided on their page.

use std::time::Duration;

use fanner_model::{RequestStatus, Role};
use fanner_tests::{Plane, on_both_databases};

use super::Visitor;
use super::visitor::asked;

on_both_databases! {
    async fn the_owner_finds_a_request_and_approves_it(plane: Plane) {
        let request = asked(&plane).await;
        let page = format!("/requests/{}", request.id);
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        assert!(owner.open("/").await.html.contains(&format!(r#"href="{page}""#)), "the overview has it");
        assert!(owner.open("/requests").await.html.contains(&format!(r#"href="{page}""#)), "the list has it");
        let sent = owner.fill(&page, &format!("{page}/approval"), &[("comment", "fine with us")]).await;
        assert_eq!((sent.status, sent.location()), (303, page.as_str()));
        let after = owner.open(&page).await.html;
        assert!(after.contains("approved") && after.contains("fine with us") && !after.contains("/approval"), "{after}");
        let RequestStatus::Approved { .. } = plane.member("payments").await.request(request.id).await.expect("it is there").status else {
            panic!("it is approved")
        };
    }

    async fn who_may_not_decide_is_told_why_and_gets_no_form(plane: Plane) {
        let request = asked(&plane).await;
        let page = format!("/requests/{}", request.id);
        let asker = Visitor::of(&plane, "fraud", Role::Member).await;
        let shown = asker.open(&page).await;
        assert!(shown.html.contains("You cannot decide this request: ") && !shown.html.contains("/approval"), "{}", shown.html);
        let sent = asker.fill(&page, &format!("{page}/approval"), &[]).await;
        assert_eq!(sent.status, 403);
        let stranger = Visitor::of(&plane, "growth", Role::Member).await;
        assert_eq!(stranger.open(&page).await.status, 404);
        let security = Visitor::of(&plane, "security", Role::Security).await;
        let shown = security.open(&page).await.html;
        assert!(shown.contains("You can reject it and not approve it: the request waits for owner"), "{shown}");
        assert!(shown.contains("/rejection") && !shown.contains("/approval"), "{shown}");
        let auditor = Visitor::of(&plane, "audit", Role::Auditor).await;
        assert!(!auditor.open(&page).await.html.contains("/approval"));
        assert_eq!(auditor.fill(&page, &format!("{page}/approval"), &[]).await.status, 403);
    }

    async fn a_rejection_needs_a_reason_and_can_be_asked_anew(plane: Plane) {
        let request = asked(&plane).await;
        let page = format!("/requests/{}", request.id);
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        let refused = owner.fill(&page, &format!("{page}/rejection"), &[("reason", " ")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.html.contains("`reason` was left blank; fill it in"), "{}", refused.html);
        assert_eq!(owner.fill(&page, &format!("{page}/rejection"), &[("reason", "use `card_used`")]).await.status, 303);
        let asker = Visitor::of(&plane, "fraud", Role::Member).await;
        let shown = asker.open(&page).await.html;
        assert!(shown.contains("use `card_used`") && shown.contains("/renewal"), "{shown}");
        let sent = asker.fill(&page, &format!("{page}/renewal"), &[]).await;
        assert_eq!(sent.status, 303);
        assert!(asker.open(sent.location()).await.html.contains("/withdrawal"));
    }

    async fn its_team_takes_a_request_back(plane: Plane) {
        let request = asked(&plane).await;
        let page = format!("/requests/{}", request.id);
        let asker = Visitor::of(&plane, "fraud", Role::Member).await;
        assert_eq!(asker.fill(&page, &format!("{page}/withdrawal"), &[]).await.status, 303);
        assert!(asker.open(&page).await.html.contains("withdrawn"));
    }

    async fn what_was_granted_is_asked_anew_once_the_grant_is_over(plane: Plane) {
        let request = asked(&plane).await;
        let page = format!("/requests/{}", request.id);
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        assert_eq!(owner.fill(&page, &format!("{page}/approval"), &[]).await.status, 303);
        let asker = Visitor::of(&plane, "fraud", Role::Member).await;
        assert!(!asker.open(&page).await.html.contains("/renewal"), "a live grant is extended");
        let refused = asker.fill(&page, &format!("{page}/renewal"), &[]).await;
        assert_eq!(refused.status, 409);
        assert!(refused.html.contains("was approved on"), "{}", refused.html);

        plane.clock.advance(Duration::from_secs(181 * 24 * 3600));
        let asker = Visitor::of(&plane, "fraud", Role::Member).await;
        let shown = asker.open(&page).await.html;
        assert!(shown.contains("approved") && shown.contains("/renewal"), "{shown}");
        let sent = asker.fill(&page, &format!("{page}/renewal"), &[]).await;
        assert_eq!(sent.status, 303);
        assert_ne!(sent.location(), page);
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        assert!(owner.open(sent.location()).await.html.contains("/approval"), "its owner can decide it");
    }
}
