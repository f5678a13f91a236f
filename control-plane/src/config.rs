//! How a control plane is set up.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::SdkConfig;
use fanner_model::{Arn, StreamName};

use crate::aws::Pace;
use crate::clock::Clock;
use crate::identity::{Proxies, Trust};

/// Everything that a control plane needs to know to start. It cannot be printed: the database's address may hold a password.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `sqlite:///path/to/file` or `postgres://…`.
    pub database_url: String,
    /// How AWS is reached.
    pub aws: SdkConfig,
    pub pace: Pace,
    /// The file of the key that signs; it is made if there is none.
    pub signing_key_file: PathBuf,
    /// Where each checkpoint of the audit log is published as a file, such as a volume that keeps what was written once.
    pub checkpoint_dir: Option<PathBuf>,
    /// The Global Event Stream. No consumer's stream may have its name.
    pub ges: StreamName,
    /// Who may read it. If nobody is named, nobody looks who else can.
    pub ges_readers: BTreeSet<Arn>,
    /// How often to look who else can.
    pub bypass_interval: Duration,
    /// The permissions boundary that every reader role carries. Without it no stream can have one.
    pub reader_role_boundary: Option<Arn>,
    /// How long a stream that is as asked for goes without being looked at.
    pub resync: Duration,
    pub clock: Clock,
    /// Whom it trusts to say who is calling.
    pub trust: Trust,
    /// Whom it believes for whom they call.
    pub proxies: Proxies,
}
