//! The program `fanner-control-plane`: serve, issue a first token, print the contract.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use fanner_control_plane::{Clock, Config, Pace, Proxies, Trust, contract, issue_token, public_keys, start};
use fanner_model::{Arn, NameError, Role, Scope, StreamName, TeamName, TokenSpec};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Keeps what consumers asked for, makes it real in Kinesis, and tells the fanners the rules.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Program {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and look after the streams. This is what happens without a command.
    Serve(Serve),
    /// Manage tokens on the database itself, when there is no token yet to do it with.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Print the public keys of a signing key, one a line: `fanner/rules+…` is for `fanner run --rules-key`,
    /// `fanner/audit+…` for `fannerctl audit verify`.
    Keys {
        #[command(flatten)]
        signing_key: SigningKey,
    },
    /// Print the contract of the API, an OpenAPI document.
    Openapi,
}

#[derive(Args)]
struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "FANNER_LISTEN", default_value = "127.0.0.1:7400")]
    listen: SocketAddr,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    signing_key: SigningKey,
    /// A folder in which each checkpoint of the audit log is published as a file.
    #[arg(long, env = "FANNER_CHECKPOINT_DIR")]
    checkpoint_dir: Option<PathBuf>,
    /// The Global Event Stream, whose name no consumer's stream may have.
    #[arg(long, env = "FANNER_GES", default_value = "global-events")]
    ges: StreamName,
    /// Who may read the Global Event Stream: the ARNs of the fanner's roles, and of functions, delivery streams and consumers
    /// that are meant to, with `,` between. Once given, the bypass report tells who else can.
    #[arg(long, env = "FANNER_GES_READERS", value_delimiter = ',')]
    ges_readers: Vec<Arn>,
    /// Seconds after which the bypass report is taken anew.
    #[arg(long, env = "FANNER_BYPASS_INTERVAL_SECONDS", default_value_t = 3_600, value_parser = clap::value_parser!(u64).range(60..=604_800))]
    bypass_interval_seconds: u64,
    /// The permissions boundary that each reader role is made with, by its ARN. Without it no stream can have a `reader_role`.
    #[arg(long, env = "FANNER_READER_ROLE_BOUNDARY", value_parser = boundary)]
    reader_role_boundary: Option<Arn>,
    /// How fast AWS is called: `aws` stays at 80 % of its limits, `unlimited` is for a Kinesis that has none.
    #[arg(long, env = "FANNER_PACE", default_value = "aws")]
    pace: PaceArg,
    /// Seconds that a stream which is as asked for goes without being looked at.
    #[arg(long, env = "FANNER_RESYNC_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    resync_seconds: u64,
    /// Whom to trust to say who is calling, a TOML file: issuers of OpenID Connect tokens, and AWS.
    #[arg(long, env = "FANNER_ISSUERS_FILE")]
    issuers_file: Option<PathBuf>,
    /// Proxies in front, whose `X-Forwarded-For` is believed: addresses and networks, with `,` between.
    #[arg(long, env = "FANNER_TRUSTED_PROXIES", default_value = "")]
    trusted_proxies: Proxies,
    /// How the log looks.
    #[arg(long, env = "FANNER_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Args)]
struct SigningKey {
    /// The key that signs the audit log and the rules, 32 bytes in base64; it is made if there is none. Control planes of
    /// one database share it.
    #[arg(long, env = "FANNER_SIGNING_KEY_FILE", default_value = "fanner-signing.key")]
    signing_key_file: PathBuf,
}

#[derive(Args)]
struct Database {
    /// `sqlite:///path/to/file` or `postgres://…`. Give an address with a password through the environment.
    #[arg(long, env = "FANNER_DATABASE_URL", hide_env_values = true, default_value = "sqlite://fanner.db")]
    database_url: String,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Issue a token and print its secret, once.
    Issue {
        #[command(flatten)]
        database: Database,
        /// The team that the token acts for.
        #[arg(long)]
        team: TeamName,
        /// What its holder may do.
        #[arg(long, value_enum, default_value_t)]
        role: Role,
        /// Days until it is refused, at most 90.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=90))]
        days: i64,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum PaceArg {
    Aws,
    Unlimited,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Program { command, serve } = Program::parse();
    match command.unwrap_or(Command::Serve(serve)) {
        Command::Serve(serve) => run(serve).await,
        Command::Token(TokenCommand::Issue { database, team, role, days }) => issue(&database, team, role, days).await,
        Command::Keys { signing_key: SigningKey { signing_key_file } } => {
            public_keys(&signing_key_file)?.iter().try_for_each(|key| print(&format!("{key}\n")))
        }
        Command::Openapi => print(&contract()),
    }
}

async fn run(serve: Serve) -> Result<()> {
    log(serve.log_format);
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    let mut running = start(Config {
        listen: serve.listen,
        database_url: serve.database.database_url,
        aws: aws_config::load_from_env().await,
        pace: match serve.pace {
            PaceArg::Aws => Pace::Aws,
            PaceArg::Unlimited => Pace::Unlimited,
        },
        signing_key_file: serve.signing_key.signing_key_file,
        checkpoint_dir: serve.checkpoint_dir,
        ges: serve.ges,
        ges_readers: serve.ges_readers.into_iter().collect::<BTreeSet<_>>(),
        bypass_interval: Duration::from_secs(serve.bypass_interval_seconds),
        reader_role_boundary: serve.reader_role_boundary,
        resync: Duration::from_secs(serve.resync_seconds),
        clock: Clock::default(),
        trust: serve.issuers_file.as_deref().map(trust).transpose()?.unwrap_or_default(),
        proxies: serve.trusted_proxies,
    })
    .await?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for signals")?,
        () = running.failed() => anyhow::bail!("a part of the control plane ended; the log says why"),
    }
    running.stop().await;
    Ok(())
}

fn trust(file: &Path) -> Result<Trust> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    text.parse().with_context(|| format!("`{}` does not say whom to trust", file.display()))
}

fn boundary(text: &str) -> Result<Arn, String> {
    let arn: Arn = text.parse().map_err(|wrong: NameError| wrong.to_string())?;
    let is_policy = arn.as_str().split(':').nth(2) == Some("iam") && arn.as_str().contains(":policy/");
    is_policy.then_some(arn).ok_or_else(|| {
        format!("`{text}` is not a managed policy; write it like `arn:aws:iam::123456789012:policy/fanner-reader`")
    })
}

async fn issue(database: &Database, team: TeamName, role: Role, days: i64) -> Result<()> {
    let lasts = jiff::SignedDuration::from_hours(24 * days);
    let expires_at = Clock::default().now().checked_add(lasts).context("the token would end too late")?;
    let new = issue_token(
        &database.database_url,
        &TokenSpec { team, role, scope: Scope::Full, expires_at: Some(expires_at) },
    )
    .await?;
    print(&format!("{}\n", new.secret.expose()))
}

fn print(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write to the standard output")
}

fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
