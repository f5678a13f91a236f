//! A whole platform for one test, in process, on free ports, gone with the test.

use aws_sdk_kinesis::types::StreamDescriptionSummary;
use fanner_client::{Client, Precondition};
use fanner_local::kinesis::{Fault, FaultKind, FaultPlan, Faults};
use fanner_local::{Args, Part, Platform};
use fanner_model::{Classification, EventTypeSpec, Role, Scope, Secret, TeamName, TokenSpec};
use tempfile::TempDir;

use crate::local::kinesis;
use crate::program::folder_of_programs;

/// The platform, and who talks to it.
pub struct World {
    platform: Platform,
    folder: TempDir,
    args: Args,
}

impl World {
    /// Kinesis, control plane on SQLite, and fanner.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same, with other arguments.
    pub async fn with(change: impl FnOnce(&mut Args)) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let free = "127.0.0.1:0".parse().expect("the address is one");
        let mut args = Args {
            data_dir: folder.path().to_path_buf(),
            listen: free,
            kinesis_listen: free,
            metrics_listen: free,
            ges: "global-events".parse().expect("the name is one"),
            database_url: None,
            run: vec![Part::Kinesis, Part::ControlPlane, Part::Fanner],
            provider_dir: Some(folder_of_programs()),
            kinesis_endpoint: None,
        };
        change(&mut args);
        let platform = Platform::start(args.clone()).await.expect("the platform starts");
        Self { platform, folder, args }
    }

    /// The variables of a shell that talks to this platform.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.platform.environment().iter()
    }

    /// One of them.
    pub fn variable(&self, name: &str) -> &str {
        let found = self.environment().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("the platform sets no {name}")).1
    }

    /// The control plane, as its administrator.
    pub fn platform(&self) -> Client {
        self.client(self.variable("FANNER_TOKEN"))
    }

    /// The control plane, as security.
    pub fn security(&self) -> Client {
        self.client(self.variable("FANNER_SECURITY_TOKEN"))
    }

    /// The control plane, as the holder of a token.
    pub fn client(&self, token: &str) -> Client {
        Client::new(self.variable("FANNER_ENDPOINT"), Some(&Secret::new(token)), "fanner-tests")
            .expect("the endpoint is one")
    }

    /// A new token of a member of a team.
    pub async fn token(&self, team: &str) -> String {
        let team: TeamName = team.parse().expect("the name is one");
        let spec = TokenSpec { team, role: Role::Member, scope: Scope::Full, expires_at: None };
        self.platform().issue_token(&spec).await.expect("a token is issued").secret.expose().to_owned()
    }

    /// The control plane, as a member of a team.
    pub async fn member(&self, team: &str) -> Client {
        self.client(&self.token(team).await)
    }

    /// The Kinesis of this platform.
    pub fn kinesis(&self) -> aws_sdk_kinesis::Client {
        kinesis(self.variable("AWS_ENDPOINT_URL_KINESIS"), self.variable("AWS_REGION"))
    }

    /// Declares event types of a team.
    pub async fn declare(&self, team: &str, classification: Classification, names: &[&str]) {
        let team: TeamName = team.parse().expect("the name is one");
        for name in names {
            let spec = EventTypeSpec { team: Some(team.clone()), classification, ..EventTypeSpec::default() };
            let name = name.parse().expect("the name is one");
            self.platform().put_event_type(&name, &spec, Precondition::None).await.expect("the event type is declared");
        }
    }

    /// A stream as Kinesis has it; `None` if it has none of that name.
    pub async fn describe(&self, stream: &str) -> Option<StreamDescriptionSummary> {
        match self.kinesis().describe_stream_summary().stream_name(stream).send().await {
            Ok(answer) => answer.stream_description_summary,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => None,
            Err(error) => panic!("the stream cannot be described: {error:?}"),
        }
    }

    /// The names of all streams in Kinesis.
    pub async fn stream_names(&self) -> Vec<String> {
        self.kinesis().list_streams().send().await.expect("the streams are listed").stream_names
    }

    /// A stream's resource policy; empty if it has none.
    pub async fn resource_policy(&self, arn: &str) -> String {
        let answer = self.kinesis().get_resource_policy().resource_arn(arn).send().await;
        answer.map_or_else(|_| String::new(), |answer| answer.policy)
    }

    /// What the Kinesis of this platform is made to do wrong.
    pub fn faults(&self) -> &Faults {
        self.platform.kinesis().expect("this world has a Kinesis of its own").faults()
    }

    /// Makes Kinesis refuse an operation for want of permission, until the faults are cleared.
    pub fn deny(&self, operation: &str) {
        self.fail(operation, FaultKind::AccessDenied);
    }

    /// Makes Kinesis put off an operation, until the faults are cleared.
    pub fn hold(&self, operation: &str) {
        self.fail(operation, FaultKind::Throttle);
    }

    fn fail(&self, operation: &str, kind: FaultKind) {
        let fault = Fault { operation: Some(operation.into()), ..Fault::always(kind) };
        self.faults().set(FaultPlan { seed: 0, faults: vec![fault] });
    }

    /// Stops everything and starts it again on the same data.
    pub async fn restarted(self) -> Self {
        let Self { platform, folder, args } = self;
        platform.stop().await;
        let platform = Platform::start(args.clone()).await.expect("the platform starts again");
        Self { platform, folder, args }
    }

    /// Stops everything.
    pub async fn stop(self) {
        self.platform.stop().await;
    }
}
