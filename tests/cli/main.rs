//! `fannerctl` as people use it: the real program, in front of a control plane.

mod audit;
mod bypass;
mod policy;
mod quarantine;
mod request;
mod review;
mod shell;
mod token;

use std::process::Stdio;

use fanner_model::Secret;
use fanner_tests::{Plane, program};
use tokio::process::Command;

/// What a command answered: how it ended, what it printed, and what it complained of.
struct Answer {
    exit: i32,
    out: String,
    err: String,
}

/// Runs a command as the holder of a token.
async fn fannerctl(plane: &Plane, token: &Secret, arguments: &[&str]) -> Answer {
    run(&plane.endpoint(), Some(token), arguments).await
}

/// Runs a command with nothing in its environment but the address and the token.
async fn run(endpoint: &str, token: Option<&Secret>, arguments: &[&str]) -> Answer {
    let path = tokio::task::spawn_blocking(|| program("fannerctl")).await.expect("the programs are built");
    let mut command = Command::new(path);
    command.env_clear().env("FANNER_ENDPOINT", endpoint).args(arguments).stdin(Stdio::null());
    if let Some(token) = token {
        command.env("FANNER_TOKEN", token.expose());
    }
    let output = command.output().await.expect("it can be started");
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    Answer { exit: output.status.code().expect("it ends"), out: text(output.stdout), err: text(output.stderr) }
}

impl Answer {
    /// What a command printed that did what it was asked to do.
    fn done(self) -> String {
        assert_eq!((self.exit, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// The exit code and the words of one that did not.
    fn refused(self) -> String {
        assert_eq!(self.out, "");
        format!("{} {}", self.exit, self.err)
    }
}

/// Compares an answer without what differs from run to run: identities, moments and keys.
fn stable() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>");
    settings.add_filter(r"\d{4}-\d\d-\d\d", "<day>");
    settings.bind_to_scope()
}
