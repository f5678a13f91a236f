//! The audit log: what happened, and whether that is still what was written down.

mod log;
mod verify;

use clap::Subcommand;
use fanner_client::Client;

use self::log::Log;
use self::verify::Verify;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Lists who did or tried what
    Log(Log),
    /// Reads the whole log and names everything that is not as it was signed
    Verify(Verify),
    /// Prints the key with which the control plane signs now. Compare it with what you were told: it is the log's word about
    /// itself
    Key,
}

impl AuditCommand {
    pub(crate) async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        match self {
            Self::Log(log) => log.run(client, output).await,
            Self::Verify(verify) => verify.run(client).await,
            Self::Key => Ok(format!("{}\n", client.audit_checkpoint().await?.key)),
        }
    }
}
