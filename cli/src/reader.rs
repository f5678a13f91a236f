//! Who reads an event, and why.

use clap::Args;
use fanner_client::Client;
use fanner_model::{AccessStatus, EventName, Reader};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::moment::{self, shown};
use crate::output::{Output, Shown, joined};
use crate::paging::all;

/// Which readers are listed.
#[derive(Debug, Args)]
pub(crate) struct Readers {
    /// The event
    event: EventName,
    /// The moment that is asked about, such as `2027-01-31`; without it, now
    #[arg(long, value_name = "TIME", value_parser = moment::parsed)]
    at: Option<Timestamp>,
}

impl Readers {
    pub(crate) async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        let Self { event, at } = self;
        Ok(output.list(&all(async |after| client.readers(&event, at, after).await).await?))
    }
}

impl Shown for Reader {
    const HEAD: &[&str] = &[
        "team",
        "stream",
        "event",
        "status",
        "purpose",
        "masked",
        "since",
        "until",
        "approved by",
        "last delivered",
        "policies",
        "reason",
    ];

    fn row(&self) -> Vec<String> {
        let when = |at: Option<Timestamp>| at.map(shown).unwrap_or_default();
        vec![
            self.team.to_string(),
            self.stream.to_string(),
            self.event.to_string(),
            status(self.access.status).to_owned(),
            joined(&self.purpose),
            joined(&self.access.mask),
            when(self.since),
            when(self.access.until),
            joined(&self.approved_by),
            when(self.last_delivered_at),
            joined(self.because.keys()),
            self.access.reason.clone(),
        ]
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let grant = self.access.grant.map(|id| id.to_string()).unwrap_or_default();
        let subscription = self.subscription.map(|id| id.to_string()).unwrap_or_default();
        let more = [("grant", grant), ("subscription", subscription)];
        Self::HEAD.iter().copied().zip(self.row()).chain(more).collect()
    }
}

pub(crate) fn status(status: AccessStatus) -> &'static str {
    match status {
        AccessStatus::Active => "active",
        AccessStatus::Pending => "pending",
        AccessStatus::Denied => "denied",
    }
}
