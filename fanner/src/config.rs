//! What a fanner is told: as typed on a command line, and checked.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use fanner_model::{Secret, StreamName, WorkerId};
use fanner_note::Verifier;
use jiff::Timestamp;

use crate::Position;
use crate::aside::Budget;
use crate::clock::Clock;
use crate::kinesis::Kinesis;
use crate::lane::Bounds;

/// Everything that a fanner needs to know. [`Config::new`] fills in what is usual.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Global Event Stream.
    pub ges: StreamName,
    /// The control plane's address.
    pub control_plane: String,
    /// A token whose role is `fanner`.
    pub token: Option<Secret>,
    /// Whose rules are obeyed; none: of whoever signs the first ones that are seen.
    pub rules_keys: Vec<Verifier>,
    /// Where checkpoints and the last good rules live.
    pub state_dir: PathBuf,
    /// Where records live that can never be delivered.
    pub aside_dir: PathBuf,
    /// Where metrics and health are served.
    pub listen: SocketAddr,
    pub worker: WorkerId,
    pub start: Start,
    pub kinesis: Kinesis,
    pub clock: Clock,
    pub tuning: Tuning,
}

/// Where to begin with a stream that was never read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Start {
    /// With the oldest record that Kinesis still has.
    #[default]
    TrimHorizon,
    /// With the records that arrive from now on.
    Latest,
}

impl Start {
    /// The position that this means at `now`.
    pub fn position(self, now: Timestamp) -> Position {
        match self {
            Self::TrimHorizon => Position::Start,
            Self::Latest => Position::Since(now),
        }
    }
}

/// Numbers that are right for Kinesis as it is sold, and may be others for a Kinesis on the same machine.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// Reads of one shard in a second; 0: as many as possible.
    pub reads_per_second: u32,
    /// How often the shards are listed, beyond the times that one of them ends.
    pub discover_every: Duration,
    /// How long one call to Kinesis may take.
    pub request_timeout: Duration,
    /// How often checkpoints are put on disk, if something moved.
    pub checkpoint_every: Duration,
    /// How long a stopping fanner waits for what is under way.
    pub drain: Duration,
    /// Memory for events that were read and are not delivered yet.
    pub memory_bytes: usize,
    /// How much may be kept aside.
    pub aside: Budget,
    pub lane: Bounds,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            reads_per_second: 5,
            discover_every: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            checkpoint_every: Duration::from_millis(250),
            drain: Duration::from_secs(15),
            memory_bytes: 256 << 20,
            aside: Budget::default(),
            lane: Bounds::default(),
        }
    }
}

impl Config {
    /// Forwards `ges` as the control plane at `control_plane` says, with what is usual for the rest.
    pub fn new(ges: StreamName, control_plane: impl Into<String>, state_dir: impl Into<PathBuf>) -> Self {
        let state_dir = state_dir.into();
        Self {
            ges,
            control_plane: control_plane.into(),
            token: None,
            rules_keys: Vec::new(),
            aside_dir: aside_dir(&state_dir),
            state_dir,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            worker: "fanner".parse().expect("it has only letters"),
            start: Start::default(),
            kinesis: Kinesis::default(),
            clock: Clock::system(),
            tuning: Tuning::default(),
        }
    }
}

/// Where records are kept aside, unless another folder is named.
pub fn aside_dir(state_dir: &Path) -> PathBuf {
    state_dir.join("aside")
}

/// What `fanner run` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The Global Event Stream's name
    #[arg(long, env = "FANNER_GES", value_name = "STREAM")]
    pub ges: StreamName,
    /// The control plane's address
    #[arg(long, env = "FANNER_ENDPOINT", value_name = "URL", default_value = "http://127.0.0.1:7400")]
    pub control_plane: String,
    /// A file with the token that the control plane knows this fanner by [env, for the token itself: FANNER_TOKEN]
    #[arg(long, env = "FANNER_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The public key that the rules must be signed with, as `fanner-control-plane keys` prints it; two with `,` between while
    /// it is being changed. Left out: the first key that is seen is believed from then on
    #[arg(long, env = "FANNER_RULES_KEY", value_name = "KEY", value_delimiter = ',')]
    pub rules_key: Vec<Verifier>,
    /// The folder of checkpoints and rules; each fanner needs its own
    #[arg(long, env = "FANNER_STATE_DIR", value_name = "DIR")]
    pub state_dir: PathBuf,
    /// The folder of records that can never be delivered; each fanner needs its own [default: `aside` in the state folder]
    #[arg(long, env = "FANNER_ASIDE_DIR", value_name = "DIR")]
    pub aside_dir: Option<PathBuf>,
    /// How much that folder may hold; what comes after that waits in the Global Event Stream
    #[arg(long, env = "FANNER_ASIDE_MAX_MIB", value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(16..))]
    pub aside_max_mib: u64,
    /// How much of the folder's volume is left free for everything else
    #[arg(long, env = "FANNER_ASIDE_RESERVE_MIB", value_name = "MIB", default_value_t = 256)]
    pub aside_reserve_mib: u64,
    /// Where to serve /metrics, /healthz and /readyz
    #[arg(long, env = "FANNER_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:7410")]
    pub listen: SocketAddr,
    /// The name of this fanner, stable over restarts
    #[arg(long, env = "FANNER_WORKER", value_name = "NAME", default_value = "fanner")]
    pub worker: WorkerId,
    /// Where to begin with a stream that was never read
    #[arg(long, env = "FANNER_START", value_enum, default_value_t)]
    pub start: Start,
    /// Reads of one shard in a second; Kinesis allows 5 altogether; 0: as many as possible
    #[arg(long, env = "FANNER_READS_PER_SECOND", value_name = "N", default_value_t = 5)]
    pub reads_per_second: u32,
    /// How long one call to Kinesis may take
    #[arg(long, env = "FANNER_REQUEST_TIMEOUT_MS", value_name = "MS", default_value_t = 10_000)]
    pub request_timeout_ms: u64,
    /// A stream that stores nothing for so long is left alone, and catches up later
    #[arg(long, env = "FANNER_PATIENCE_MS", value_name = "MS", default_value_t = 2_000)]
    pub patience_ms: u64,
    /// Memory for events that were read and are not delivered yet
    #[arg(long, env = "FANNER_MEMORY_MIB", value_name = "MIB", default_value_t = 256)]
    pub memory_mib: usize,
}

impl Args {
    /// Checks what was typed; `token` is the one from the environment, if there is one there.
    ///
    /// # Errors
    /// The token file cannot be read.
    pub fn config(self, token: Option<Secret>) -> anyhow::Result<Config> {
        let token = read_token(self.token_file.as_deref(), token)?;
        let usual = Config::new(self.ges, self.control_plane, self.state_dir);
        let lane = Bounds { patience: Duration::from_millis(self.patience_ms), ..usual.tuning.lane };
        let tuning = Tuning {
            reads_per_second: self.reads_per_second,
            request_timeout: Duration::from_millis(self.request_timeout_ms),
            memory_bytes: self.memory_mib << 20,
            aside: Budget { max_bytes: self.aside_max_mib << 20, reserve_bytes: self.aside_reserve_mib << 20 },
            lane,
            ..usual.tuning
        };
        let aside_dir = self.aside_dir.unwrap_or(usual.aside_dir);
        let (rules_keys, start) = (self.rules_key, self.start);
        Ok(Config { token, rules_keys, aside_dir, listen: self.listen, worker: self.worker, start, tuning, ..usual })
    }
}

/// The token in `file`, or, if none is named, the one from the environment.
pub(crate) fn read_token(file: Option<&Path>, token: Option<Secret>) -> anyhow::Result<Option<Secret>> {
    let Some(path) = file else { return Ok(token) };
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("token file `{}` cannot be read", path.display()))?;
    Ok(Some(Secret::new(text.trim())))
}
