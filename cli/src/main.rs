//! The program `fannerctl`: what reviewers, owners and operators ask the control plane from a shell.
//!
//! One file a noun: what can be said about it, the calls, and how it is shown. What a command has to say is made whole before
//! a byte of it is written.

mod audit;
mod bypass;
mod campaign;
mod command;
mod control_plane;
#[cfg(test)]
mod docs;
mod explanation;
mod failure;
mod finding;
mod grant;
mod impact;
mod moment;
mod output;
mod paging;
mod policy;
mod quarantine;
mod reader;
mod request;
mod team;
mod token;

use std::io::{ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;

use crate::command::Command;
use crate::failure::Failure;

#[tokio::main]
async fn main() -> ExitCode {
    match Command::parse().run().await.and_then(|text| written(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to be done if even that cannot be written.
            let _ = writeln!(stderr(), "error: {failure}");
            failure.exit_code()
        }
    }
}

/// Writes to standard output; whoever stops reading has read enough.
fn written(text: &str) -> Result<(), Failure> {
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::trouble(format!("the answer cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
