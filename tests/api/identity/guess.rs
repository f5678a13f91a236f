//! Those who guess.

use std::time::Duration;

use fanner_model::Role;
use fanner_tests::{Plane, answer, reqwest_client};
use reqwest::header;
use serde_json::json;

use super::Story;

#[tokio::test]
async fn who_guesses_waits_and_nobody_else_does() {
    let plane = Plane::on_sqlite().await;
    let good = plane.token("fraud", Role::Member).await;
    let story = Story::new(&plane).await;
    let from = |address: &'static str, secret: &str| {
        let request = reqwest_client().get(format!("{}/v1/caller", story.endpoint)).bearer_auth(secret);
        answer(request.header("x-forwarded-for", address))
    };
    for _ in 0..20 {
        assert_eq!(from("198.51.100.7", "fnr_guess").await.status, 401);
    }
    let refused = from("198.51.100.7", "fnr_guess").await;
    assert_eq!((refused.status, &refused.body["code"]), (429, &json!("too_many_requests")));
    assert_eq!(refused.headers[header::RETRY_AFTER], "3");
    assert_eq!(from("198.51.100.7", good.expose()).await.status, 429, "a guess that is right is not told from others");
    assert_eq!(from("198.51.100.8", good.expose()).await.status, 200, "another address is not concerned");
    plane.clock.advance(Duration::from_secs(3));
    assert_eq!(from("198.51.100.7", good.expose()).await.status, 200);
}
