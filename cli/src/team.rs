//! Teams, as far as access depends on them.

use clap::Subcommand;
use fanner_client::Client;
use fanner_model::{EventName, StreamAccess, StreamName, Team, TeamName};
use serde::Serialize;

use crate::failure::Failure;
use crate::moment::shown;
use crate::output::{Output, Shown, joined, json};
use crate::paging::all;
use crate::reader::status;

#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Lists what a team's streams receive and what they are one approval away from
    Access { name: TeamName },
}

pub(crate) async fn run(command: TeamCommand, client: &Client, output: Output) -> Result<String, Failure> {
    let TeamCommand::Access { name } = command;
    let streams = all(async |after| client.team_access(&name, after).await).await?;
    Ok(match output {
        Output::Json => json(&streams),
        Output::Table => output.list(&streams.iter().flat_map(lines).collect::<Vec<_>>()),
    })
}

/// An event, as far as it comes into question for a stream.
#[derive(Serialize)]
struct Line {
    stream: StreamName,
    event: EventName,
    is: &'static str,
    why: String,
}

fn lines(access: &StreamAccess) -> Vec<Line> {
    let asked = access.receives.iter().chain(&access.waits);
    let asked = asked.map(|reader| (&reader.event, status(reader.access.status), reader.access.reason.clone()));
    let open = access.open.iter().map(|event| (event, "open", "it has only to be asked for".to_owned()));
    let near = access.one_approval_away.iter().map(|near| {
        let words = format!("approval of {}, for purpose {}", near.needs.named(&near.owner), near.purpose);
        (&near.event, "one approval away", words)
    });
    let line =
        |(event, is, why): (&EventName, _, _)| Line { stream: access.stream.clone(), event: event.clone(), is, why };
    asked.chain(open).chain(near).map(line).collect()
}

impl Shown for Line {
    const HEAD: &[&str] = &["stream", "event", "is", "why"];

    fn row(&self) -> Vec<String> {
        vec![self.stream.to_string(), self.event.to_string(), self.is.to_owned(), self.why.clone()]
    }
}

pub(crate) async fn list(client: &Client, output: Output) -> Result<String, Failure> {
    Ok(output.list(&all(async |after| client.teams(after).await).await?))
}

impl Shown for Team {
    const HEAD: &[&str] = &["name", "clearance", "active", "trainings", "description"];

    fn row(&self) -> Vec<String> {
        let spec = &self.spec;
        let training = spec.trainings.iter().map(|(training, &until)| format!("{training} until {}", shown(until)));
        vec![
            self.name.to_string(),
            spec.clearance.to_string(),
            if spec.active { "yes" } else { "no" }.to_owned(),
            joined(training),
            spec.description.clone().unwrap_or_default(),
        ]
    }
}
