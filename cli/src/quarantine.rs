//! Quarantines: what is delivered to nobody, whatever else permits it.

use clap::{Args, Subcommand};
use fanner_client::Client;
use fanner_model::{EventName, Events, Quarantine, QuarantineId, QuarantineSpec, Receivers, StreamName, TeamName};

use crate::failure::Failure;
use crate::moment::shown;
use crate::output::{Output, Shown};
use crate::paging::all;

#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Stops deliveries at once
    Add {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        events: What,
        /// Why, in words that those concerned will read
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Lets deliveries go on, as far as the policies permit them
    Lift { id: QuarantineId },
}

/// Which streams a quarantine is about.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Who {
    /// Nobody receives it
    #[arg(long)]
    everybody: bool,
    /// No stream of this team receives it
    #[arg(long)]
    team: Option<TeamName>,
    /// This stream does not receive it
    #[arg(long)]
    stream: Option<StreamName>,
}

/// Which events a quarantine is about.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct What {
    /// All events
    #[arg(long)]
    everything: bool,
    /// All events that this team owns
    #[arg(long, value_name = "TEAM")]
    owned_by: Option<TeamName>,
    /// This event
    #[arg(long)]
    event: Option<EventName>,
}

pub(crate) async fn list(client: &Client, output: Output) -> Result<String, Failure> {
    Ok(output.list(&all(async |after| client.quarantines(after).await).await?))
}

pub(crate) async fn run(command: QuarantineCommand, client: &Client, output: Output) -> Result<String, Failure> {
    match command {
        QuarantineCommand::Add { who, events, reason } => {
            let spec = QuarantineSpec { who: who.into(), events: events.into(), reason };
            Ok(output.one(&client.put_quarantine(QuarantineId::random(), &spec).await?))
        }
        QuarantineCommand::Lift { id } => {
            client.lift_quarantine(id).await?;
            Ok(format!("quarantine {id} is lifted\n"))
        }
    }
}

impl From<Who> for Receivers {
    fn from(Who { everybody: _, team, stream }: Who) -> Self {
        match (team, stream) {
            (Some(team), _) => Self::Team(team),
            (None, Some(stream)) => Self::Stream(stream),
            // The group asks for one of the three.
            (None, None) => Self::Everybody,
        }
    }
}

impl From<What> for Events {
    fn from(What { everything: _, owned_by, event }: What) -> Self {
        match (owned_by, event) {
            (Some(owner), _) => Self::OwnedBy(owner),
            (None, Some(event)) => Self::Event(event),
            // The group asks for one of the three.
            (None, None) => Self::Everything,
        }
    }
}

impl Shown for Quarantine {
    const HEAD: &[&str] = &["id", "who", "events", "since", "by", "reason"];

    fn row(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.spec.who.to_string(),
            self.spec.events.to_string(),
            shown(self.created_at),
            self.created_by.to_string(),
            self.spec.reason.clone(),
        ]
    }
}
