//! The program `fanner`: runs the data plane, and lets people publish events and see what arrives.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use fanner::{Args, Clock, Kinesis, PublishArgs, TailArgs};
use fanner_model::Secret;
use tracing_subscriber::EnvFilter;

/// Forwards events from the Global Event Stream to the streams that may have them.
#[derive(Debug, Parser)]
#[command(version)]
struct Command {
    #[command(subcommand)]
    what: What,
    /// How much to log: error, warn, info, debug, or a filter such as `fanner=debug`
    #[arg(long, global = true, env = "RUST_LOG", value_name = "FILTER", default_value = "info")]
    log: String,
    /// How to log
    #[arg(long, global = true, env = "FANNER_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Runs the data plane until it is told to stop by SIGTERM or SIGINT
    Run(Args),
    /// Publishes events from files or standard input
    Publish(PublishArgs),
    /// Shows what arrives in a stream
    Tail(TailArgs),
    /// Looks at records that could not be delivered
    #[command(subcommand)]
    Aside(AsideCommand),
}

#[derive(Debug, Subcommand)]
enum AsideCommand {
    /// Prints them, one JSON object a line
    List {
        /// The state folder of the fanner that kept them
        #[arg(long, env = "FANNER_STATE_DIR", value_name = "DIR")]
        state_dir: Option<PathBuf>,
        /// The folder where they were kept, if it is not `aside` in the state folder
        #[arg(long, env = "FANNER_ASIDE_DIR", value_name = "DIR", required_unless_present = "state_dir")]
        aside_dir: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LogFormat {
    #[default]
    Text,
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Command::parse();
    let logging = start_logging(&command);
    match logging.and(obey(command.what).await) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done if even that cannot be written.
            let _ = writeln!(stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(what: What) -> anyhow::Result<()> {
    let (kinesis, clock) = (Kinesis::Environment, Clock::system());
    match what {
        What::Run(args) => {
            let running = fanner::start(args.config(token())?).await?;
            told_to_stop().await?;
            running.stop().await
        }
        What::Publish(args) => fanner::publish(args, token(), &kinesis, &clock, &mut stdout()).await,
        What::Tail(args) => fanner::tail(args, &kinesis, &clock, &mut stdout()).await.map(drop),
        What::Aside(AsideCommand::List { state_dir, aside_dir }) => {
            list(&aside_dir.unwrap_or_else(|| fanner::aside_dir(&state_dir.unwrap_or_default())))
        }
    }
}

/// Prints what was kept aside in `dir`.
fn list(dir: &Path) -> anyhow::Result<()> {
    let unreadable = || format!("`{}` cannot be read", dir.display());
    for kept in fanner::kept_in(dir).with_context(unreadable)? {
        writeln!(stdout(), "{}", serde_json::to_string(&kept.with_context(unreadable)?)?)?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a secret comes by the environment, and never as a flag that others can see"
)]
fn token() -> Option<Secret> {
    std::env::var("FANNER_TOKEN").ok().map(Secret::new)
}

async fn told_to_stop() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => (),
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

fn start_logging(command: &Command) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(&command.log).with_context(|| format!("log filter `{}` is not one", command.log))?;
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal());
    match command.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
