//! A control plane with its Kinesis and its IAM.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use fanner_client::{Client, Precondition};
use fanner_local::kinesis::{Kinesis, Options};
use fanner_model::{Role, Secret, Stream, StreamName, StreamSpec};
use fanner_tests::{Moto, Process, eventually, kinesis, named, program, spec};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documented;
use crate::iam::Iam;

pub(crate) const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/fanner-reader";

/// One account, and the control plane that looks after its streams.
pub(crate) struct Setting {
    pub(crate) iam: Iam,
    kinesis: Kinesis,
    database_url: String,
    endpoint: String,
    _process: Process,
    _moto: Option<Moto>,
    _folder: TempDir,
}

impl Setting {
    /// On SQLite, in front of moto.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let url = format!("sqlite://{}", folder.path().join("db").display());
        Self::on(url, folder).await
    }

    /// On PostgreSQL, in front of moto.
    pub(crate) async fn on_postgres() -> Self {
        let url = tokio::task::spawn_blocking(fanner_tests::postgres::new_database).await.expect("a database is made");
        Self::on(url, tempfile::tempdir().expect("a folder can be made")).await
    }

    async fn on(database_url: String, folder: TempDir) -> Self {
        let moto = tokio::task::spawn_blocking(Moto::start).await.expect("moto starts");
        let setting = Self::before(moto.endpoint.clone(), database_url, folder).await;
        let [boundary, _] = documented::policies();
        let made = setting.iam.0.create_policy().policy_name("fanner-reader").policy_document(boundary.to_string());
        made.send().await.expect("the boundary is made");
        Self { _moto: Some(moto), ..setting }
    }

    /// On SQLite, in front of whatever answers for all of AWS but Kinesis.
    pub(crate) async fn with_aws_at(endpoint: String) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let url = format!("sqlite://{}", folder.path().join("db").display());
        Self::before(endpoint, url, folder).await
    }

    async fn before(aws: String, database_url: String, folder: TempDir) -> Self {
        let options = Options { account: "123456789012".into(), ..Options::default() };
        let address = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let kinesis = Kinesis::start(options, address).await.expect("the local Kinesis starts");
        let at = format!("http://{}", kinesis.address());
        let ges = self::kinesis(&at, "us-east-1");
        ges.create_stream().stream_name("global-events").shard_count(1).send().await.expect("the stream is created");
        let mut command = control_plane(&database_url);
        command
            .args(["--listen", "127.0.0.1:0", "--pace", "unlimited", "--resync-seconds", "1", "--log-format", "json"])
            .args(["--reader-role-boundary", BOUNDARY, "--signing-key-file"])
            .arg(folder.path().join("signing.key"))
            .args(["--ges-readers", "arn:aws:iam::123456789012:role/fanner"])
            .env("AWS_ENDPOINT_URL", &aws)
            .env("AWS_ENDPOINT_URL_KINESIS", &at)
            .envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")])
            .env("RUST_LOG", "info");
        let (process, endpoint) = tokio::task::spawn_blocking(|| started(command)).await.expect("it starts");
        let iam = Iam::at(&aws);
        Self { iam, kinesis, database_url, endpoint, _process: process, _moto: None, _folder: folder }
    }

    /// Where the API is.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The API, as somebody of a team.
    pub(crate) async fn client(&self, team: &str, role: Role) -> Client {
        let secret = self.token(team, role).await;
        Client::new(&self.endpoint, Some(&secret), "fanner-tests").expect("the endpoint is one")
    }

    /// A new token.
    pub(crate) async fn token(&self, team: &str, role: Role) -> Secret {
        let mut command = control_plane(&self.database_url);
        command.args(["token", "issue", "--team", team, "--role", &format!("{role:?}").to_lowercase()]);
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic");
        let output = output.expect("a token is issued");
        Secret::new(String::from_utf8(output.stdout).expect("it is text").trim())
    }

    /// The local Kinesis.
    pub(crate) fn kinesis(&self) -> aws_sdk_kinesis::Client {
        kinesis(&format!("http://{}", self.kinesis.address()), "us-east-1")
    }
}

/// Asks for a small stream with a reader role for these, and waits until it is settled.
pub(crate) async fn ask(client: &Client, name: &str, trusted: &[&str]) -> Stream {
    put(client, name, json!({"shard_count": 1, "reader_role": {"trusted": arns(trusted)}})).await
}

/// Asks for a stream, and waits until it is settled.
pub(crate) async fn put(client: &Client, name: &str, json: Value) -> Stream {
    let name: StreamName = named(name);
    client.put_stream(&name, &spec::<StreamSpec>(json), Precondition::None).await.expect("the stream is accepted");
    client.settled_stream(&name, std::time::Duration::from_secs(30)).await.expect("the stream is there")
}

/// Waits until a stream is gone.
pub(crate) async fn gone(client: &Client, name: &str) {
    let name: StreamName = named(name);
    eventually("the end of the stream", async || client.stream(&name).await.is_err().then_some(())).await;
}

pub(crate) fn arns(roles: &[&str]) -> Vec<String> {
    roles.iter().map(|role| format!("arn:aws:iam::123456789012:role/{role}")).collect()
}

fn control_plane(database_url: &str) -> Command {
    let mut command = Command::new(program("fanner-control-plane"));
    command.env("FANNER_DATABASE_URL", database_url);
    command
}

/// A control plane that listens, and where.
fn started(mut command: Command) -> (Process, String) {
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program can be started");
    let mut lines = BufReader::new(child.stderr.take().expect("standard error is piped")).lines();
    let address = lines.find_map(|line| {
        let line = line.ok()?;
        let entry: Value = serde_json::from_str(&line).unwrap_or_default();
        entry["fields"]["address"].as_str().map(str::to_owned)
    });
    // It goes on to write its log, and must not wait for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    (Process::from(child), format!("http://{}", address.expect("the control plane says where it listens")))
}
