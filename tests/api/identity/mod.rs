//! Who is calling: proofs that are exchanged for sessions, and all that are not.

mod aws;
mod guess;
mod keys;
mod secret;
mod token;

use std::sync::atomic::{AtomicU32, Ordering};

use fanner_control_plane::{Clock, Running};
use fanner_model::NewSession;
use fanner_tests::{Answer, Issuer, Plane, STS_HOST, Sts, answer, reqwest_client};
use reqwest::{Method, header};
use serde_json::{Value, json};

/// Who may call, as these stories have it.
const CALLERS: &str = r#"
[[issuers.ci.callers]]
claims = { repository = "acme/fraud" }
writes_when = { run_phase = "apply" }
team = "fraud"
"#;

/// A control plane that trusts an issuer, and with it perhaps AWS.
struct Story {
    issuer: Issuer,
    endpoint: String,
    clock: Clock,
    _running: Running,
}

impl Story {
    async fn new(plane: &Plane) -> Self {
        Self::trusting(plane, "").await
    }

    async fn with_aws(plane: &Plane) -> (Sts, Self) {
        let sts = Sts::start().await;
        let aws = format!(
            "[aws]\nserver_id = \"fanner.example.com\"\nhosts = [\"{}\"]\nendpoint = \"{}\"\naccounts = [\"123456789012\"]\n\
             [[aws.callers]]\narn = \"arn:aws:iam::123456789012:role/fraud-ci\"\nunique_id = \"AROAEXAMPLE\"\nteam = \"fraud\"\n",
            STS_HOST, sts.endpoint,
        );
        let story = Self::trusting(plane, &aws).await;
        (sts, story)
    }

    async fn trusting(plane: &Plane, more: &str) -> Self {
        let issuer = Issuer::start().await;
        let trust = issuer.trusted(CALLERS) + more;
        let running = plane.trusting(trust.parse().expect("the file is good")).await;
        Self {
            issuer,
            endpoint: format!("http://{}", running.address()),
            clock: plane.clock.clone(),
            _running: running,
        }
    }

    /// Good claims, with some changed.
    fn claims(&self, changes: Value) -> Value {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.now().as_second();
        let mut claims = json!({
            "aud": "fanner", "sub": "repo:acme/fraud", "jti": count.to_string(), "iat": now, "exp": now + 300,
            "repository": "acme/fraud", "run_phase": "apply",
        });
        let all = claims.as_object_mut().expect("claims are an object");
        all.extend(changes.as_object().expect("so are changes").clone());
        claims
    }

    fn token(&self, changes: Value) -> String {
        self.issuer.token(&self.claims(changes))
    }

    async fn session(&self, token: &str) -> NewSession {
        let answer = self.exchange(token).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        serde_json::from_value(answer.body).expect("a session")
    }

    async fn exchange(&self, token: &str) -> Answer {
        self.ask(Method::POST, "/v1/sessions", None, Some(json!({ "token": token }))).await
    }

    async fn ask(&self, method: Method, path: &str, secret: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = reqwest_client().request(method, format!("{}{path}", self.endpoint));
        if let Some(secret) = secret {
            request = request.bearer_auth(secret);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }
}

fn shown(answer: &Answer) -> String {
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}: {}", answer.status, text("code"), text("detail"))
}
