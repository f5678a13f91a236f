//! Callers that AWS knows.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fanner_model::{NewSession, Role};
use fanner_tests::{Plane, on_both_databases, presigned};
use reqwest::Method;
use serde_json::json;

use super::Story;

on_both_databases! {
    async fn aws_says_who_signed_a_url_and_it_is_believed_once(plane: Plane) {
        let (sts, story) = Story::with_aws(&plane).await;
        let credentials = sts.credentials("arn:aws:sts::123456789012:assumed-role/fraud-ci/run-7");
        let url = STANDARD.encode(presigned(&credentials, "fanner.example.com", plane.clock.now().into()));
        let exchange = || story.ask(Method::POST, "/v1/sessions", None, Some(json!({ "aws": url })));
        let session: NewSession = serde_json::from_value(exchange().await.body).expect("a session");
        assert_eq!(session.caller.as_str(), "aws:arn:aws:iam::123456789012:role/fraud-ci");
        assert_eq!((session.team.as_str(), session.role), ("fraud", Role::Member));
        assert_eq!(exchange().await.status, 401, "it was used");
    }
}

#[tokio::test]
async fn a_url_that_was_signed_for_another_fanner_or_by_a_stranger_is_refused() {
    let plane = Plane::on_sqlite().await;
    let (sts, story) = Story::with_aws(&plane).await;
    let (now, ours) = (plane.clock.now().into(), "fanner.example.com");
    let good = sts.credentials("arn:aws:sts::123456789012:assumed-role/fraud-ci/run-7");
    let other = sts.credentials("arn:aws:sts::123456789012:assumed-role/other/run-7");
    let url = presigned(&good, ours, now);
    let refused = [
        ("another fanner's", presigned(&good, "other.example.com", now)),
        ("changed", url.replace("X-Amz-Expires=60", "X-Amz-Expires=900")),
        ("another role's", presigned(&other, ours, now)),
        ("old", presigned(&good, ours, now - Duration::from_secs(61))),
        ("another question's", url.replace("GetCallerIdentity", "GetSessionToken")),
        ("elsewhere", url.replace("sts.eu-west-1.amazonaws.com", "127.0.0.1")),
    ];
    for (what, url) in refused {
        let proof = json!({"aws": STANDARD.encode(url)});
        let answer = story.ask(Method::POST, "/v1/sessions", None, Some(proof)).await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
    }
}
