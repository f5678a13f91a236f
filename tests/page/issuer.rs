//! People who log in at an issuer, and all that go wrong on the way.

use fanner_control_plane::Running;
use fanner_model::Role;
use fanner_tests::{Issuer, Plane, on_both_databases};
use reqwest::Url;
use serde_json::{Value, json};

use super::Visitor;
use super::visitor::Sent;

const PEOPLE: &str = r#"
[[issuers.ci.login.people]]
claims = { department = "payments" }
team = "payments"

[[issuers.ci.login.people]]
claims = { department = "security", on_call = true }
team = "security"
role = "security"
"#;

/// A control plane at which people log in through an issuer.
struct Story {
    issuer: Issuer,
    plane: Plane,
    running: Running,
}

impl Story {
    async fn new(plane: Plane) -> Self {
        let issuer = Issuer::start().await;
        let back = "http://127.0.0.1:1/login/ci/back";
        let trust = issuer.entrance(back, &plane.folder().join("client-secret"), PEOPLE);
        let running = plane.trusting(trust.parse().expect("the file is good")).await;
        Self { issuer, plane, running }
    }

    fn visitor(&self) -> Visitor {
        Visitor::at(&format!("http://{}", self.running.address()))
    }

    fn claims(&self, changes: Value) -> Value {
        let now = self.plane.clock.now().as_second();
        let mut claims = json!({"sub": "00u1", "department": "payments", "iat": now, "exp": now + 300});
        let all = claims.as_object_mut().expect("it is an object");
        all.extend(changes.as_object().expect("it is an object").clone());
        claims
    }

    /// Somebody sets out for the issuer, logs in there as these claims say, and comes back.
    async fn log_in(&self, visitor: &mut Visitor, changes: Value) -> Sent {
        let back = self.way_back(visitor, changes).await;
        visitor.open(&back).await
    }

    async fn way_back(&self, visitor: &mut Visitor, changes: Value) -> String {
        let sent = visitor.open("/login/ci?to=/requests").await;
        assert_eq!(sent.status, 303, "{sent:?}");
        visitor.keep(&sent);
        let back = self.issuer.log_in(&Url::parse(sent.location()).expect("it is an address"), &self.claims(changes));
        format!("{}?{}", back.path(), back.query().unwrap_or_default())
    }
}

on_both_databases! {
    async fn somebody_logs_in_at_an_issuer_and_is_who_it_says(plane: Plane) {
        let story = Story::new(plane).await;
        let mut visitor = story.visitor();
        assert!(visitor.open("/login?to=%2Frequests").await.html.contains(r#"href="/login/ci?to=%2Frequests""#));
        let sent = story.log_in(&mut visitor, json!({})).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        assert!(sent.html.contains(r#"content="0; url=/requests""#), "{}", sent.html);
        visitor.keep(&sent);
        let page = visitor.open("/").await.html;
        assert!(page.contains("team <strong>payments</strong>, member"), "{page}");
        let security = story.plane.client(&story.plane.token("security", Role::Security).await);
        let entries = security.audit_entries(None).await.expect("security may").items;
        let told = |text: &str| text.contains(r#""actor":"user:ci:00u1""#) && text.contains(r#""noun":"sessions""#);
        assert!(entries.iter().filter_map(|entry| entry.text.as_deref()).any(told), "the log names them");
    }

    async fn who_an_issuer_does_not_vouch_for_is_not_let_in(plane: Plane) {
        let story = Story::new(plane).await;
        let now = story.plane.clock.now().as_second();
        for (what, changes) in [
            ("of no team", json!({"department": "sales"})),
            ("of a department that is on call only", json!({"department": "security"})),
            ("expired", json!({"exp": now - 1})),
            ("too old", json!({"iat": now - 601})),
            ("for others", json!({"aud": "other"})),
            ("asked by others", json!({"aud": ["fanner-pages", "other"], "azp": "other"})),
            ("of another login", json!({"nonce": "x"})),
            ("of another issuer", json!({"iss": "https://evil.example"})),
            ("of nobody", json!({"sub": null})),
        ] {
            let mut visitor = story.visitor();
            let sent = story.log_in(&mut visitor, changes).await;
            assert_eq!((sent.status, sent.cookie()), (401, None), "{what}: {sent:?}");
        }
    }
}

#[tokio::test]
async fn who_comes_back_without_having_left_is_not_let_in() {
    let story = Story::new(Plane::on_sqlite().await).await;
    let (mut left, mut other) = (story.visitor(), story.visitor());
    let back = story.way_back(&mut left, json!({})).await;
    let of_other = story.way_back(&mut other, json!({})).await;
    let stranger = story.visitor().open(&back).await;
    assert_eq!((stranger.status, stranger.cookie()), (401, None), "without the cookie");
    let state = |way: &str| way.rsplit("state=").next().unwrap_or_default().to_owned();
    let swapped = back.replace(&state(&back), &state(&of_other));
    assert_eq!(left.open(&swapped).await.status, 401, "with another's state");
    let stolen = of_other.replace(&state(&of_other), &state(&back));
    assert_eq!(left.open(&stolen).await.status, 401, "with another's code, which asks for another's proof");
    assert_eq!(left.open(&back).await.status, 200);
    assert_eq!(left.open(&back).await.status, 401, "a code is good once");
    assert_eq!(left.open("/login/ci/back?error=access_denied").await.status, 401);
}

#[tokio::test]
async fn nobody_is_sent_to_an_issuer_that_nobody_logs_in_at() {
    let plane = Plane::on_sqlite().await;
    let sent = Visitor::stranger(&plane).open("/login/ci").await;
    assert_eq!(sent.status, 404);
    assert!(sent.html.contains("nobody logs in at `ci`"), "{}", sent.html);
}
