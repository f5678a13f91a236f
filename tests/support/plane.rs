//! Control planes for one story, in process: on SQLite or PostgreSQL, in front of a Kinesis of their own.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kinesis::config::Credentials;
use fanner_client::{Client, Precondition};
use fanner_control_plane::{Clock, Config, Pace, Proxies, Running, Trust, start};
use fanner_local::kinesis::{Fault, FaultKind, FaultPlan, Faults, Kinesis, Options};
use fanner_model::{
    Arn, Classification, EventTypeSpec, Revision, Role, RuleSet, Scope, Secret, Stream, StreamName, StreamSpec,
    TokenSpec,
};
use fanner_note::Verifier;
use reqwest::{Method, header};
use serde_json::Value;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::postgres;

/// A control plane, its database and its Kinesis.
pub struct Plane {
    running: Running,
    kinesis: Kinesis,
    database_url: String,
    /// What time it is for the control plane.
    pub clock: Clock,
    folder: TempDir,
}

/// An answer of the API, as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub body: Value,
}

/// Writes each story down twice, once for each database. A story takes a [`Plane`].
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $story:ident($plane:ident: Plane) $body:block)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::Plane::on_sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::Plane::on_postgres().await).await;
            })*
        }

        $($(#[$attribute])* async fn $story($plane: Plane) $body)*
    };
}

impl Plane {
    /// On a SQLite file of its own.
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let url = format!("sqlite://{}", folder.path().join("plane.sqlite").display());
        Self::on(url, folder).await
    }

    /// On a PostgreSQL database of its own.
    pub async fn on_postgres() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let url = tokio::task::spawn_blocking(postgres::new_database).await.expect("a database is made");
        Self::on(url, folder).await
    }

    async fn on(database_url: String, folder: TempDir) -> Self {
        let kinesis = Kinesis::start(Options::default(), free_port()).await.expect("the local Kinesis starts");
        let clock = Clock::default();
        let running =
            start(config(&kinesis, &database_url, &clock, folder.path())).await.expect("the control plane starts");
        Self { running, kinesis, database_url, clock, folder }
    }

    /// A second control plane beside this one, on the same database and Kinesis.
    pub async fn neighbour(&self) -> Running {
        start(config(&self.kinesis, &self.database_url, &self.clock, self.folder.path()))
            .await
            .expect("a second control plane starts")
    }

    /// A second control plane beside this one, which knows callers by what those say whom `trust` names, and where from by
    /// what a proxy on this machine says.
    pub async fn trusting(&self, trust: Trust) -> Running {
        let proxies: Proxies = "127.0.0.1".parse().expect("it is an address");
        let config =
            Config { trust, proxies, ..config(&self.kinesis, &self.database_url, &self.clock, self.folder.path()) };
        start(config).await.expect("a second control plane starts")
    }

    /// A second control plane beside this one, in an account, where these may read the Global Event Stream.
    pub async fn watching(&self, aws: SdkConfig, ges_readers: BTreeSet<Arn>) -> Running {
        let config =
            Config { aws, ges_readers, ..config(&self.kinesis, &self.database_url, &self.clock, self.folder.path()) };
        start(config).await.expect("a second control plane starts")
    }

    /// All bytes of the database's files, if it is on SQLite.
    pub fn stored(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder is there").flatten();
        let bytes: Vec<u8> = files.filter_map(|file| std::fs::read(file.path()).ok()).flatten().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Ends the control plane as a crash does, and starts another on the same database.
    pub async fn crashed(self) -> Self {
        let Self { running, kinesis, database_url, clock, folder } = self;
        drop(running);
        // The dead one's claim on a stream runs out.
        clock.advance(Duration::from_secs(11));
        let running = start(config(&kinesis, &database_url, &clock, folder.path()))
            .await
            .expect("the control plane starts again");
        Self { running, kinesis, database_url, clock, folder }
    }

    /// Stops the control plane in order.
    pub async fn stop(self) {
        self.running.stop().await;
        self.kinesis.stop().await;
    }

    /// Where the control plane keeps its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What verifies the rules that it gives out.
    pub fn rules_key(&self) -> Verifier {
        self.running.rules_key().clone()
    }

    /// Where the API is.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.running.address())
    }

    /// A new token.
    pub async fn token(&self, team: &str, role: Role) -> Secret {
        let spec = TokenSpec { team: named(team), role, scope: Scope::Full, expires_at: None };
        self.running.issue_token(&spec).await.expect("a token is issued").secret
    }

    /// The API, as a member of a team.
    pub async fn member(&self, team: &str) -> Client {
        self.client(&self.token(team, Role::Member).await)
    }

    /// The API, as the platform team.
    pub async fn platform(&self) -> Client {
        self.client(&self.token("platform", Role::Platform).await)
    }

    /// The API, as a fanner.
    pub async fn fanner(&self) -> Client {
        self.client(&self.token("platform", Role::Fanner).await)
    }

    /// The API, as the holder of a token.
    pub fn client(&self, token: &Secret) -> Client {
        Client::new(&self.endpoint(), Some(token), "fanner-tests").expect("the endpoint is one")
    }

    /// Declares restricted event types of a team.
    pub async fn declare(&self, team: &str, names: &[&str]) {
        self.declare_as(team, Classification::Restricted, names).await;
    }

    /// Declares event types of a team.
    pub async fn declare_as(&self, team: &str, classification: Classification, names: &[&str]) {
        let owner = self.member(team).await;
        for name in names {
            let spec = EventTypeSpec { classification, ..EventTypeSpec::default() };
            owner.put_event_type(&named(name), &spec, Precondition::None).await.expect("the event type is declared");
        }
    }

    /// Makes one request, whatever may be wrong with it.
    pub async fn ask(&self, method: Method, path: &str, token: Option<&Secret>, body: Option<&Value>) -> Answer {
        let mut request = reqwest_client().request(method, format!("{}{path}", self.endpoint()));
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    /// Runs a statement on the database itself, behind the control plane's back.
    pub async fn execute(&self, sql: &'static str) {
        let done = match self.database_url.split_once(':') {
            Some(("sqlite", _)) => {
                let mut database = SqliteConnection::connect(&self.database_url).await.expect("SQLite can be opened");
                sqlx::query(sql).execute(&mut database).await.map(drop)
            }
            _ => {
                let mut database = PgConnection::connect(&self.database_url).await.expect("PostgreSQL can be reached");
                sqlx::query(sql).execute(&mut database).await.map(drop)
            }
        };
        done.expect("the statement runs");
    }

    /// The revision of the rules, as the database has it.
    pub async fn revision(&self) -> u64 {
        const SQL: &str = "select revision from rules";
        let revision: Result<i64, _> = match self.database_url.split_once(':') {
            Some(("sqlite", _)) => {
                let mut database = SqliteConnection::connect(&self.database_url).await.expect("SQLite can be opened");
                sqlx::query_scalar(SQL).fetch_one(&mut database).await
            }
            _ => {
                let mut database = PgConnection::connect(&self.database_url).await.expect("PostgreSQL can be reached");
                sqlx::query_scalar(SQL).fetch_one(&mut database).await
            }
        };
        revision.expect("the statement runs").unsigned_abs()
    }

    /// Where Kinesis is.
    pub fn kinesis_endpoint(&self) -> String {
        format!("http://{}", self.kinesis.address())
    }

    /// What Kinesis is made to do wrong.
    pub fn faults(&self) -> &Faults {
        self.kinesis.faults()
    }

    /// Makes the next `count` calls of an operation go wrong.
    pub fn fail(&self, operation: &str, kind: FaultKind, count: u64) {
        let fault = Fault { operation: Some(operation.into()), count: Some(count), ..Fault::always(kind) };
        self.faults().set(FaultPlan { seed: 0, faults: vec![fault] });
    }

    /// Kinesis itself.
    pub fn kinesis(&self) -> aws_sdk_kinesis::Client {
        aws_sdk_kinesis::Client::new(&aws(&self.kinesis))
    }
}

/// A request's answer, as it came.
pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the control plane answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("the answer can be read");
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// An HTTP client for requests that our own would never make.
pub fn reqwest_client() -> reqwest::Client {
    // Fails only if another story chose a provider first, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// The rules, as the fanner `w` gets them, which obeys `obeyed`; whoever signed them.
///
/// # Errors
/// The control plane refuses.
pub async fn rules_of(
    client: &Client,
    obeyed: Option<Revision>,
    wait: Duration,
) -> Result<RuleSet, fanner_client::Error> {
    let signed = client.rules(&named("w"), obeyed, wait).await?;
    Ok(serde_json::from_str(&signed.rules).expect("rules are JSON"))
}

/// A name that is known to be a good one.
pub fn named<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("the name is a good one")
}

/// What is asked for, from JSON that is known to be good.
pub fn spec<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("the JSON is good")
}

/// Asks for a stream and waits until it is settled.
pub async fn settled(client: &Client, name: &str, json: Value) -> Stream {
    let name: StreamName = named(name);
    client.put_stream(&name, &spec::<StreamSpec>(json), Precondition::None).await.expect("the stream is accepted");
    client.settled_stream(&name, Duration::from_secs(30)).await.expect("the stream is there")
}

fn config(kinesis: &Kinesis, database_url: &str, clock: &Clock, folder: &Path) -> Config {
    Config {
        listen: free_port(),
        database_url: database_url.into(),
        aws: aws(kinesis),
        pace: Pace::Unlimited,
        signing_key_file: folder.join("signing.key"),
        checkpoint_dir: Some(folder.into()),
        ges: named("global-events"),
        ges_readers: BTreeSet::new(),
        bypass_interval: Duration::from_secs(3_600),
        reader_role_boundary: None,
        resync: Duration::from_secs(60),
        clock: clock.clone(),
        trust: Trust::default(),
        proxies: Proxies::default(),
    }
}

fn aws(kinesis: &Kinesis) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{}", kinesis.address()))
        .region(Region::new("us-east-1"))
        .credentials_provider(aws_sdk_kinesis::config::SharedCredentialsProvider::new(Credentials::new(
            "local", "local", None, None, "tests",
        )))
        .build()
}

fn free_port() -> std::net::SocketAddr {
    (std::net::Ipv4Addr::LOCALHOST, 0).into()
}
