//! What can be chosen when a server starts.

use std::path::PathBuf;
use std::time::Duration;

use super::clock::Clock;
use super::limits::Limits;

/// How a local Kinesis behaves. The default keeps nothing, is ready at once and has no limits.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where streams are kept. Without it they end with the server: records then lie in unlinked temporary files.
    pub data_dir: Option<PathBuf>,
    /// How long a stream is `CREATING`, `UPDATING` or `DELETING`.
    pub transition: Duration,
    /// Which of AWS's limits are enforced.
    pub limits: Limits,
    /// The region that ARNs name.
    pub region: String,
    /// The account that ARNs name, twelve digits.
    pub account: String,
    /// Where the server reads the time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            data_dir: None,
            transition: Duration::ZERO,
            limits: Limits::Off,
            region: "us-east-1".into(),
            account: "000000000000".into(),
            clock: Clock::System,
        }
    }
}
