//! What reviewers should look at.

use clap::{Args, Subcommand};
use fanner_client::{Client, FindingLimits};
use fanner_model::{Finding, Right};

use crate::failure::Failure;
use crate::output::{Output, Shown, joined};
use crate::paging::all;

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// Lists grants and standing permissions that are unused, expiring, orphaned or over-broad
    Findings(Findings),
}

/// What counts as long, and as soon.
#[derive(Debug, Args)]
pub(crate) struct Findings {
    /// Unused is what nothing was delivered by for so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    unused: u16,
    /// Expiring is what ends within so many days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    expiring: u16,
}

impl ReviewCommand {
    pub(crate) async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        let Self::Findings(Findings { unused, expiring }) = self;
        let limits = FindingLimits { unused_days: Some(unused), expiring_days: Some(expiring) };
        Ok(output.list(&all(async |after| client.findings(limits, after).await).await?))
    }
}

impl Shown for Finding {
    const HEAD: &[&str] = &["finding", "right", "team", "stream", "events", "detail"];

    fn row(&self) -> Vec<String> {
        let Right { id, team, stream, events, .. } = &self.right;
        vec![
            self.kind.to_string(),
            id.to_string(),
            team.to_string(),
            joined(stream),
            events.to_string(),
            self.detail.clone(),
        ]
    }
}
