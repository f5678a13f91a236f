//! Grants on their page: what comes of a revocation.

use std::time::Duration;

use fanner_client::Client;
use fanner_model::{Comment, GrantId, RequestStatus, Revision, Role};
use fanner_tests::{Plane, named, on_both_databases};

use super::Visitor;
use super::visitor::asked;

on_both_databases! {
    async fn whoever_revokes_sees_who_obeys_and_what_can_still_be_read(plane: Plane) {
        let page = format!("/grants/{}", granted(&plane).await);
        let (w, other) = (plane.fanner().await, plane.fanner().await);
        let before = Revision(plane.revision().await);
        obeys(&w, "w", before).await;
        obeys(&other, "other", before).await;
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        let live = owner.open(&page).await.html;
        assert!(!live.contains("How far that is in force") && !live.contains("What can still be read"), "{live}");
        assert_eq!(owner.fill(&page, &format!("{page}/revocation"), &[("reason", "a leak")]).await.status, 303);
        let shown = owner.open(&page).await.html;
        assert!(shown.contains("waits for <code>other, w</code>"), "{shown}");
        assert!(shown.contains("which keeps a record for 24 hours") && shown.contains("delete stream `s` and create it anew"), "{shown}");

        obeys(&w, "w", Revision(plane.revision().await)).await;
        let security = Visitor::of(&plane, "security", Role::Security).await;
        let shown = security.open(&page).await.html;
        assert!(shown.contains("waits for <code>other</code>"), "{shown}");
        assert!(shown.contains("</span> obeys it</td>") && shown.contains("</span> does not obey it yet</td>"), "{shown}");
        assert!(!owner.open(&page).await.html.contains("does not obey it yet"), "who may not read fanners is told of those that are waited for");

        obeys(&other, "other", Revision(plane.revision().await)).await;
        let shown = owner.open(&page).await.html;
        assert!(shown.contains("in force</span>") && shown.contains(" ms after the decision"), "{shown}");

        plane.clock.advance(Duration::from_secs(25 * 3600));
        let owner = Visitor::of(&plane, "payments", Role::Member).await;
        let shown = owner.open(&page).await.html;
        assert!(shown.contains("Nothing that was delivered because of it is left."), "{shown}");
    }
}

/// A grant of stream `s` for `card_swiped`.
async fn granted(plane: &Plane) -> GrantId {
    let request = asked(plane).await;
    let approved =
        plane.member("payments").await.approve(request.id, &Comment::default()).await.expect("the owner may");
    let RequestStatus::Approved { grant, .. } = approved.status else { panic!("{approved:?}") };
    grant
}

/// A fanner says that it obeys a revision.
async fn obeys(fanner: &Client, worker: &str, revision: Revision) {
    fanner.rules(&named(worker), Some(revision), Duration::ZERO).await.expect("there are rules");
}
