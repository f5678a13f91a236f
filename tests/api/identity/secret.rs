//! Secrets stay where they belong.

use std::io::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fanner_model::Role;
use fanner_tests::{Plane, presigned};
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::json;
use tracing_subscriber::util::SubscriberInitExt;

use super::Story;

#[tokio::test]
async fn no_secret_is_in_the_log_the_database_or_an_error() {
    let log = Log::default();
    let _recording = log.recording();
    let plane = Plane::on_sqlite().await;
    let (sts, story) = Story::with_aws(&plane).await;
    let static_token = plane.token("fraud", Role::Member).await;
    let token = story.token(json!({}));
    let expired = story.token(json!({"exp": 1}));
    let credentials = sts.credentials("arn:aws:sts::123456789012:assumed-role/fraud-ci/run-7");
    let url = presigned(&credentials, "fanner.example.com", plane.clock.now().into());
    let session = story.session(&token).await.secret;
    let mut told = Vec::new();
    for proof in
        [json!({"token": token}), json!({"token": expired}), json!({"aws": STANDARD.encode(&url)}), json!({"aws": url})]
    {
        told.push(story.ask(Method::POST, "/v1/sessions", None, Some(proof)).await);
    }
    for secret in [static_token.expose(), session.expose(), "fns_guessed", token.as_str()] {
        told.push(story.ask(Method::GET, "/v1/streams", Some(secret), None).await);
    }
    let errors: Vec<_> =
        told.iter().filter(|answer| 300 < answer.status).map(|answer| answer.body.to_string()).collect();
    let signature = url.split("X-Amz-Signature=").nth(1).expect("it is signed");
    let secrets =
        [static_token.expose(), session.expose(), "fns_guessed", signature, secret_part(&token), secret_part(&expired)];
    for secret in secrets {
        assert!(!log.text().contains(secret), "the log has {secret}");
        assert!(!errors.iter().any(|error| error.contains(secret)), "an error has {secret}: {errors:?}");
        assert!(!plane.stored().contains(secret), "the database has {secret}");
    }
    assert!(log.text().contains("a caller was turned away") && log.text().contains("session began"), "it is the log");
    assert!(plane.stored().contains("workload:ci:repo:acme/fraud"), "it is the database");
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes down all that this thread logs.
    fn recording(&self) -> impl Sized {
        let log = self.clone();
        let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        // If there were but one, another story's thread, which has none, could decide that nobody hears a line.
        let another = tracing::Dispatch::new(tracing_subscriber::registry());
        (lines.with_writer(move || log.clone()).set_default(), another)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The part of a token without which it is worth nothing.
fn secret_part(token: &str) -> &str {
    token.rsplit('.').next().expect("it has a signature")
}
