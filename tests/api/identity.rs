//! Who is calling: proofs that are exchanged for sessions, and all that are not.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fanner_control_plane::Running;
use fanner_model::{NewSession, Role, Scope};
use fanner_tests::{Answer, Issuer, Plane, Sts, answer, on_both_databases, presigned, reqwest_client};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use reqwest::{Method, header};
use serde_json::{Value, json};
use tracing_subscriber::util::SubscriberInitExt;

/// Who may call, as these stories have it.
const CALLERS: &str = r#"
[[issuers.ci.callers]]
claims = { repository = "acme/fraud" }
writes_when = { run_phase = "apply" }
team = "fraud"
"#;

on_both_databases! {
    async fn a_token_is_exchanged_for_a_session_that_lasts_minutes(plane: Plane) {
        let story = Story::new(&plane).await;
        let NewSession { secret, caller, team, role, scope, expires_at } = story.session(&story.token(json!({}))).await;
        assert_eq!((caller.as_str(), team.as_str()), ("workload:ci:repo:acme/fraud", "fraud"));
        assert_eq!((role, scope), (Role::Member, Scope::Full));
        let lasts = expires_at.duration_since(plane.clock.now());
        assert!(lasts <= jiff::SignedDuration::from_mins(15), "{lasts:?}");
        let ask = || story.ask(Method::GET, "/v1/caller", Some(secret.expose()), None);
        let expected = json!({"id": "workload:ci:repo:acme/fraud", "team": "fraud", "role": "member", "scope": "full"});
        assert_eq!(ask().await.body, expected);
        plane.clock.advance(Duration::from_secs(901));
        assert_eq!(ask().await.status, 401, "it is over");
    }

    async fn a_token_is_exchanged_once(plane: Plane) {
        let story = Story::new(&plane).await;
        let token = story.token(json!({}));
        let together = tokio::join!(story.exchange(&token), story.exchange(&token), story.exchange(&token));
        let mut statuses = [together.0.status, together.1.status, together.2.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 401, 401], "{together:?}");
        let again = shown(&story.exchange(&token).await);
        assert_eq!(again, "401 unauthenticated: the proof was exchanged before; it is good once, so get a new one");
        plane.clock.advance(Duration::from_secs(700));
        assert_eq!(story.exchange(&token).await.status, 401, "not even when nobody remembers it");
    }

    async fn a_session_of_a_plan_reads_and_plans_and_never_writes(plane: Plane) {
        let story = Story::new(&plane).await;
        let planning = story.session(&story.token(json!({"run_phase": "plan"}))).await.secret;
        let with = |method, path, body| story.ask(method, path, Some(planning.expose()), body);
        assert_eq!(with(Method::GET, "/v1/streams", None).await.status, 200);
        let plan = json!({"stream": {"name": "s", "spec": {}}});
        assert_eq!(with(Method::POST, "/v1/plan", Some(plan)).await.status, 200);
        let refused = with(Method::PUT, "/v1/streams/s", Some(json!({}))).await;
        let words = "403 forbidden: a caller of the scope `plan` reads and plans; it may not change streams";
        assert_eq!(shown(&refused), words);
        assert_eq!(with(Method::GET, "/v1/streams/s", None).await.status, 404, "nothing was made");
    }

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
async fn every_token_that_is_not_good_is_refused() {
    let plane = Plane::on_sqlite().await;
    let story = Story::new(&plane).await;
    let now = plane.clock.now().as_second();
    let elsewhere = Issuer::start().await;
    let shared = Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) };
    let claims = story.claims(json!({"iss": "none"}));
    let refused = [
        ("forged", elsewhere.token(&story.claims(json!({"iss": story.issuer.trusted("").split('"').nth(1)})))),
        ("of another issuer", elsewhere.token(&story.claims(json!({})))),
        (
            "unsigned",
            [&json!({"alg": "none", "kid": "k1"}), &claims]
                .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
                .join(".")
                + ".",
        ),
        (
            "signed with a shared secret",
            encode(&shared, &claims, &EncodingKey::from_secret(b"k1")).expect("it is signed"),
        ),
        ("expired", story.token(json!({"exp": now - 1}))),
        ("too old", story.token(json!({"iat": now - 601}))),
        ("too early", story.token(json!({"nbf": now + 60}))),
        ("from the future", story.token(json!({"iat": now + 60}))),
        ("for others", story.token(json!({"aud": "other"}))),
        ("of a stranger", story.token(json!({"repository": "acme/other"}))),
        ("oversized", story.token(json!({"padding": "x".repeat(9000)}))),
        ("nothing", String::new()),
    ];
    for (what, token) in refused {
        let answer = story.exchange(&token).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("unauthenticated")), "{what}: {answer:?}");
        assert!(!answer.body.to_string().contains(&token) || token.is_empty(), "{what} is repeated");
    }
    let metrics = story.ask(Method::GET, "/metrics", None, None).await.body;
    let metrics = metrics.as_str().unwrap_or_default();
    assert!(metrics.contains(r#"fanner_rejected_callers_total{kind="unproven"} 4"#), "{metrics}");
    assert!(metrics.contains(r#"fanner_rejected_callers_total{kind="unacceptable"} 6"#), "{metrics}");
}

#[tokio::test]
async fn an_issuer_that_is_away_stops_nobody_whose_key_is_known() {
    let plane = Plane::on_sqlite().await;
    let story = Story::new(&plane).await;
    story.session(&story.token(json!({}))).await;
    story.issuer.set_away(true);
    plane.clock.advance(Duration::from_hours(23));
    story.session(&story.token(json!({}))).await;
    story.issuer.rotate("k2");
    let unknown = story.exchange(&story.token(json!({}))).await;
    assert_eq!(
        shown(&unknown),
        "503 unavailable: the token's issuer cannot be asked for its keys right now; try again"
    );
    story.issuer.set_away(false);
    assert_eq!(story.exchange(&story.token(json!({}))).await.status, 503, "it was asked a moment ago");
    plane.clock.advance(Duration::from_secs(61));
    story.session(&story.token(json!({}))).await;
}

#[tokio::test]
async fn keys_that_an_issuer_no_longer_publishes_open_nothing() {
    let plane = Plane::on_sqlite().await;
    let story = Story::new(&plane).await;
    let old = [story.token(json!({})), story.token(json!({})), story.token(json!({}))];
    story.session(&old[0]).await;
    story.issuer.rotate("k2");
    assert_eq!(story.exchange(&story.token(json!({}))).await.status, 401, "it was asked a moment ago");
    story.session(&old[1]).await;
    plane.clock.advance(Duration::from_secs(61));
    story.session(&story.token(json!({}))).await;
    assert_eq!(story.exchange(&old[2]).await.status, 401);
    for _ in 0..10 {
        story.exchange(&old[2]).await;
    }
    assert_eq!(story.issuer.asked(), 2, "keys that nobody has are asked for once a minute");
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

/// A control plane that trusts an issuer, and with it perhaps AWS.
struct Story {
    issuer: Issuer,
    endpoint: String,
    now: fanner_control_plane::Clock,
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
            fanner_tests::STS_HOST,
            sts.endpoint,
        );
        let story = Self::trusting(plane, &aws).await;
        (sts, story)
    }

    async fn trusting(plane: &Plane, more: &str) -> Self {
        let issuer = Issuer::start().await;
        let trust = issuer.trusted(CALLERS) + more;
        let running = plane.trusting(trust.parse().expect("the file is good")).await;
        Self { issuer, endpoint: format!("http://{}", running.address()), now: plane.clock.clone(), _running: running }
    }

    /// Good claims, with some changed.
    fn claims(&self, changes: Value) -> Value {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let now = self.now.now().as_second();
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

fn shown(answer: &Answer) -> String {
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}: {}", answer.status, text("code"), text("detail"))
}
