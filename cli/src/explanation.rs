//! Why a stream has an event, or not.

use clap::Args;
use fanner_client::Client;
use fanner_model::{EventName, Explanation, StreamName};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::moment::{self, shown};
use crate::output::{Output, json};

/// What is to be explained.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The stream
    stream: StreamName,
    /// The event
    event: EventName,
    /// The moment that is asked about, such as `2027-01-31`; without it, now
    #[arg(long, value_name = "TIME", value_parser = moment::parsed)]
    at: Option<Timestamp>,
}

impl Explain {
    pub(crate) async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        let explanation = client.explain(&self.stream, &self.event, self.at).await?;
        Ok(match output {
            Output::Json => json(&explanation),
            Output::Table => told(&explanation, output),
        })
    }
}

fn told(explanation: &Explanation, output: Output) -> String {
    let Explanation { at, stream, event, asked, answers } = explanation;
    let asks = match asked {
        true => String::new(),
        false => format!("stream {stream} did not ask for {event}; had it done so:\n\n"),
    };
    let answers: Vec<_> = answers.iter().map(|answer| output.one(answer)).collect();
    format!("at {}\n\n{asks}{}", shown(*at), answers.join("\n"))
}
