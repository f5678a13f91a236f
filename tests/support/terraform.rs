//! The real Terraform, in a folder of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::World;
use crate::program::program;

/// A folder with a configuration and its state.
pub struct Workspace {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a run of Terraform said.
#[derive(Debug)]
pub struct Run {
    pub success: bool,
    /// Standard output and standard error, without the boxes that Terraform draws and with its line breaks undone, so that a
    /// sentence can be looked for.
    pub text: String,
    pub code: i32,
}

/// What the configuration of each test begins with.
pub const HEADER: &str = "terraform {\n  required_providers {\n    fanner = { source = \"fanner/fanner\" }\n  }\n}\n\nprovider \"fanner\" {}\n\n";

impl Workspace {
    /// A folder whose Terraform talks to this world, with its own token.
    pub fn new(world: &World) -> Self {
        Self::in_environment(world.environment())
    }

    /// A folder whose Terraform has these variables in its environment.
    pub fn in_environment<'a>(environment: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        program("terraform-provider-fanner");
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { folder: tempfile::tempdir().expect("a folder can be made"), environment }
    }

    /// The same, as the holder of another token.
    pub fn with_token(world: &World, token: &str) -> Self {
        Self::new(world).and("FANNER_TOKEN", token)
    }

    /// The same, as security.
    pub fn as_security(world: &World) -> Self {
        Self::with_token(world, world.variable("FANNER_SECURITY_TOKEN"))
    }

    /// The same, with one more variable in the environment.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Replaces the configuration.
    pub fn write(&self, configuration: &str) -> &Self {
        fs::write(self.path().join("main.tf"), format!("{HEADER}{configuration}")).expect("the folder can be written");
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs Terraform.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::from(self.command(arguments).output().expect("terraform can be started"))
    }

    /// Terraform, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(terraform());
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("NO_COLOR", "1");
        command
    }

    /// Applies, which must succeed.
    pub fn apply(&self) -> Run {
        self.run(&["apply", "-auto-approve", "-input=false", "-no-color"]).ok("apply")
    }

    /// Applies, which must fail; what it said.
    pub fn apply_fails(&self) -> String {
        self.run(&["apply", "-auto-approve", "-input=false", "-no-color"]).failed("apply")
    }

    /// Plans, which must fail; what it said.
    pub fn plan_fails(&self) -> String {
        self.run(&["plan", "-input=false", "-no-color"]).failed("plan")
    }

    /// Destroys everything, which must succeed.
    pub fn destroy(&self) -> Run {
        self.run(&["destroy", "-auto-approve", "-input=false", "-no-color"]).ok("destroy")
    }

    /// Nothing is left to do, with and without a refresh.
    pub fn plan_is_empty(&self) {
        for refresh in ["-refresh=true", "-refresh=false"] {
            let run = self.run(&["plan", "-detailed-exitcode", "-input=false", "-no-color", refresh]);
            assert_eq!(run.code, 0, "plan {refresh} is not empty:\n{}", run.text);
        }
    }

    /// The plan, which must not be empty, as Terraform's JSON.
    pub fn plan(&self) -> Value {
        let run = self.run(&["plan", "-detailed-exitcode", "-input=false", "-no-color", "-out=plan"]);
        assert_eq!(run.code, 2, "plan is empty or failed:\n{}", run.text);
        self.show(&["show", "-json", "plan"])
    }

    /// What the plan does to each resource: its address and its actions, such as `fanner_stream.s: update`.
    pub fn planned_changes(&self) -> Vec<String> {
        let changes = self.plan()["resource_changes"].as_array().cloned().unwrap_or_default();
        let actions = |change: &Value| {
            let actions = change["change"]["actions"].as_array().cloned().unwrap_or_default();
            actions.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("+")
        };
        let lines = changes.iter().map(|change| (change["address"].as_str().unwrap_or_default(), actions(change)));
        lines
            .filter(|(_, actions)| actions != "no-op")
            .map(|(address, actions)| format!("{address}: {actions}"))
            .collect()
    }

    /// The attributes of a resource as they stand in the state; null if it is not there.
    pub fn attributes(&self, address: &str) -> Value {
        let state = self.show(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        let found = resources.into_iter().find(|resource| resource["address"] == address);
        found.map_or(Value::Null, |resource| resource["values"].clone())
    }

    fn show(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().expect("terraform can be started");
        serde_json::from_slice(&output.stdout).expect("terraform shows JSON")
    }
}

impl Run {
    /// The run, which must have succeeded.
    pub fn ok(self, what: &str) -> Self {
        assert!(self.success, "{what} failed:\n{}", self.text);
        self
    }

    /// What the run said, which must have failed.
    pub fn failed(self, what: &str) -> String {
        assert!(!self.success, "{what} succeeded:\n{}", self.text);
        self.text
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let both = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        let lines = both.lines().map(|line| line.trim_matches(|c: char| "│╷╵".contains(c) || c.is_whitespace()));
        let text = lines.collect::<Vec<_>>().join("\n").replace("\n\n", "¶").replace('\n', " ").replace('¶', "\n");
        Self { success: output.status.success(), text, code: output.status.code().unwrap_or(-1) }
    }
}

/// Terraform, or OpenTofu where that is what is installed.
pub fn terraform() -> &'static str {
    let works = |name: &str| Command::new(name).arg("version").env("CHECKPOINT_DISABLE", "1").output().is_ok();
    ["terraform", "tofu"]
        .into_iter()
        .find(|name| works(name))
        .expect("install Terraform or OpenTofu to run these tests")
}
