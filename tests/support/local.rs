//! The local platform as a process of its own, so that it can be killed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};

use crate::program::program;

/// A program that runs until it is killed, which happens at the latest when this is dropped.
pub struct Process(Child);

impl Process {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().expect("the program can be started"))
    }

    /// Its id, for whoever measures it.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.0.kill().expect("the process can be killed");
        self.0.wait().expect("the process ends");
    }

    /// SIGTERM, and then waits for its end; whether it ended well.
    pub fn terminate(&mut self) -> bool {
        let sent = Command::new("kill").arg(self.0.id().to_string()).status().expect("kill can be started");
        assert!(sent.success(), "the process is gone already");
        self.0.wait().expect("the process ends").success()
    }

    /// Waits for its end; whether it ended well.
    pub fn wait(&mut self) -> bool {
        self.0.wait().expect("the process ends").success()
    }
}

impl From<Child> for Process {
    fn from(child: Child) -> Self {
        Self(child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `fanner-local` in a process of its own, on free ports.
pub struct Local {
    pub process: Process,
    environment: BTreeMap<String, String>,
}

impl Local {
    /// Starts the parts named in `run` on the data in `folder`; when this returns, they answer.
    pub fn start(folder: &Path, run: &str) -> Self {
        Self::start_with(folder, run, |_| ())
    }

    /// The same, with a command that was changed.
    pub fn start_with(folder: &Path, run: &str, change: impl FnOnce(&mut Command)) -> Self {
        let free = "127.0.0.1:0";
        let mut command = Command::new(program("fanner-local"));
        command
            .args(["--listen", free, "--kinesis-listen", free, "--metrics-listen", free, "--run", run, "--data-dir"])
            .arg(folder)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().expect("fanner-local can be started");
        let mut ready = String::new();
        let stdout = child.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut ready).expect("fanner-local says when it is ready");
        assert!(ready.contains("ready"), "fanner-local did not start");
        let text = std::fs::read_to_string(folder.join("env")).expect("the file `env` is there");
        let environment = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        let environment = environment.map(|(name, value)| (name.into(), value.trim_matches('\'').into())).collect();
        Self { process: Process(child), environment }
    }

    /// The variables of a shell that talks to it.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// One of them.
    pub fn variable(&self, name: &str) -> &str {
        self.environment.get(name).unwrap_or_else(|| panic!("the platform sets no {name}"))
    }

    /// A program of ours that talks to it.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.envs(self.environment()).env("RUST_LOG", "warn");
        command
    }

    /// Its Kinesis.
    pub fn kinesis(&self) -> aws_sdk_kinesis::Client {
        kinesis(self.variable("AWS_ENDPOINT_URL_KINESIS"), self.variable("AWS_REGION"))
    }
}

/// A client of a local Kinesis.
pub fn kinesis(endpoint: &str, region: &str) -> aws_sdk_kinesis::Client {
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(region.to_owned()))
        .credentials_provider(Credentials::new("local", "local", None, None, "tests"))
        .build();
    aws_sdk_kinesis::Client::from_conf(config)
}
