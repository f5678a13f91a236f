//! What reviewers ask, on its pages.

use std::time::Duration;

use fanner_client::Precondition;
use fanner_model::{Comment, Delivery, EventTypeSpec, PolicyName, Revision, Role};
use fanner_tests::{Plane, named, on_both_databases, spec};
use serde_json::json;

use super::Visitor;
use super::visitor::asked;

on_both_databases! {
    async fn the_owner_and_reviewers_see_who_reads_an_event_and_nobody_else_does(plane: Plane) {
        let request = asked(&plane).await;
        plane.member("payments").await.approve(request.id, &Comment::default()).await.expect("the owner may");
        for (team, role, sees) in [
            ("payments", Role::Member, true),
            ("security", Role::Security, true),
            ("audit", Role::Auditor, true),
            ("fraud", Role::Member, false),
            ("growth", Role::Member, false),
        ] {
            let page = Visitor::of(&plane, team, role).await.open("/event-types/card_swiped").await;
            assert_eq!(page.status, 200);
            assert_eq!(page.html.contains(r#"href="/streams/s""#), sees, "{team}: {}", page.html);
        }
    }

    async fn a_team_sees_what_it_reads_and_another_does_not(plane: Plane) {
        let request = asked(&plane).await;
        plane.member("payments").await.approve(request.id, &Comment::default()).await.expect("the owner may");
        let own = Visitor::of(&plane, "fraud", Role::Member).await.open("/teams/fraud").await.html;
        assert!(own.contains("What it receives") && own.contains("card_swiped"), "{own}");
        let other = Visitor::of(&plane, "growth", Role::Member).await.open("/teams/fraud").await.html;
        assert!(!other.contains("card_swiped"), "{other}");
    }

    async fn a_stream_tells_what_it_was_asked_for_what_it_has_and_when_something_last_came(plane: Plane) {
        asked(&plane).await;
        let fraud = Visitor::of(&plane, "fraud", Role::Member).await;
        let shown = fraud.open("/streams/s").await.html;
        assert!(shown.contains("1 shard; Kinesis has 1 open") && shown.contains("stream/s</code>"), "{shown}");
        assert!(shown.contains("<td>not known</td>"), "{shown}");
        let stream = plane.member("fraud").await.stream(&named("s")).await.expect("it is there");
        let told = Delivery { stream: stream.id, event: named("card_swiped"), last_at: plane.clock.now() };
        plane.fanner().await.report_deliveries(vec![told]).await.expect("a fanner may");
        assert!(!fraud.open("/streams/s").await.html.contains("<td>not known</td>"));
        assert_eq!(Visitor::of(&plane, "growth", Role::Member).await.open("/streams/s").await.status, 403);
    }

    async fn who_reviews_sees_which_fanners_obey_and_nobody_else_does(plane: Plane) {
        asked(&plane).await;
        let auditor = Visitor::of(&plane, "audit", Role::Auditor).await;
        assert!(auditor.open("/enforcements").await.html.contains("No fanner followed the rules"));
        let fanner = plane.fanner().await;
        fanner.rules(&named("w"), Some(Revision(1)), Duration::ZERO).await.expect("there are rules");
        let shown = auditor.open("/enforcements?all=true").await.html;
        assert!(shown.contains(r#"<span class="badge good">live</span>"#) && shown.contains("teams/fraud"), "{shown}");
        plane.clock.advance(Duration::from_secs(11));
        assert!(auditor.open("/enforcements").await.html.contains(r#"<span class="badge bad">silent</span>"#));
        let member = Visitor::of(&plane, "fraud", Role::Member).await;
        assert_eq!(member.open("/enforcements").await.status, 403);
        assert!(!member.open("/").await.html.contains("/enforcements"), "there is no link to it");
    }

    async fn a_draft_of_a_policy_shows_who_loses_what_and_changes_nothing(plane: Plane) {
        let public: EventTypeSpec = spec(json!({"classification": "public"}));
        asked(&plane).await;
        plane.member("payments").await.put_event_type(&named("card_swiped"), &public, Precondition::None).await.expect("the owner may");
        let security = Visitor::of(&plane, "security", Role::Security).await;
        let draft = r#"@id("none-at-all") @reason("an experiment") forbid (principal, action, resource);"#;
        let tried = security.fill("/impact", "/impact", &[("policy", "experiment"), ("text", draft)]).await;
        assert_eq!(tried.status, 200);
        assert!(tried.html.contains("Access becomes tighter.") && tried.html.contains("loses"), "{}", tried.html);
        let wrong = security.fill("/impact", "/impact", &[("policy", "experiment"), ("text", "permit (")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.html.contains(r#"role="alert""#) && wrong.html.contains("permit ("), "{}", wrong.html);
        let name: PolicyName = named("experiment");
        assert!(plane.member("fraud").await.policy(&name).await.is_err(), "nothing is stored");
        let member = Visitor::of(&plane, "fraud", Role::Member).await;
        assert_eq!(member.fill("/", "/impact", &[("policy", "experiment"), ("text", draft)]).await.status, 403);
    }

    async fn security_stops_deliveries_and_lets_them_go_on(plane: Plane) {
        asked(&plane).await;
        let security = Visitor::of(&plane, "security", Role::Security).await;
        let stop = [("who", "stream"), ("who_name", "s"), ("events", "everything"), ("reason", "INC-4711")];
        assert_eq!(security.fill("/quarantines", "/quarantines", &stop).await.status, 303);
        let id = plane.member("fraud").await.quarantines(None).await.expect("everybody sees them").items[0].id;
        assert!(Visitor::of(&plane, "fraud", Role::Member).await.open("/streams/s").await.html.contains("INC-4711"));
        assert_eq!(security.fill("/quarantines", &format!("/quarantines/{id}/end"), &[]).await.status, 303);
        assert!(!security.open("/quarantines").await.html.contains("INC-4711"));
        let nameless = [("who", "team"), ("events", "everything"), ("reason", "INC-4711")];
        let refused = security.fill("/quarantines", "/quarantines", &nameless).await;
        assert_eq!(refused.status, 422);
        assert!(refused.html.contains("team name `` is empty"), "{}", refused.html);
        let kinds: Vec<_> = refused.headers.get_all(reqwest::header::CONTENT_TYPE).iter().collect();
        assert_eq!(kinds, ["text/html; charset=utf-8"], "a problem at the pages is a page");
    }

    async fn a_decision_is_explained_to_those_whom_it_concerns(plane: Plane) {
        asked(&plane).await;
        let address = "/explanation?stream=s&event=card_swiped&at=";
        let shown = Visitor::of(&plane, "fraud", Role::Member).await.open(address).await;
        assert!(shown.html.contains("needs an approved grant"), "{}", shown.html);
        assert_eq!(Visitor::of(&plane, "growth", Role::Member).await.open(address).await.status, 403);
    }
}
