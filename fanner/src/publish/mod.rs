//! `fanner publish`: events from files or standard input, put into envelopes and onto the Global Event Stream. All input is
//! checked before anything is sent.

mod declared;
mod input;
mod line;
mod outbox;

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use fanner_event::v1::PayloadEncoding;
use fanner_model::{EventName, Secret, StreamName};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::kinesis::Kinesis;
use declared::{ControlPlaneArgs, Declared};
use input::Input;
use outbox::{Outbox, Outcome};

/// What `fanner publish` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct PublishArgs {
    /// Files with one JSON object a line, such as {"event":"card_swiped","payload":{…}}; `-` or none: standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The Global Event Stream's name
    #[arg(long, env = "FANNER_GES", value_name = "STREAM")]
    pub ges: StreamName,
    /// Sends each file as the payload of one event of this name
    #[arg(long, value_name = "NAME")]
    pub event: Option<EventName>,
    /// How the payloads are encoded, where a line does not say
    #[arg(long, value_enum)]
    pub encoding: Option<Encoding>,
    /// Which system the events come from, where a line does not say
    #[arg(long, value_name = "TEXT", default_value = "fanner-publish")]
    pub source: String,
    /// Leaves out lines that are not events, or not declared, rather than sending nothing
    #[arg(long)]
    pub skip_bad: bool,
    /// Where to write, as one JSON object a line, what became of each event
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub requests: usize,
    #[command(flatten)]
    pub control_plane: ControlPlaneArgs,
}

/// How a payload is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Protobuf,
    Json,
    Avro,
    Opaque,
}

impl From<Encoding> for PayloadEncoding {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Protobuf => Self::Protobuf,
            Encoding::Json => Self::Json,
            Encoding::Avro => Self::Avro,
            Encoding::Opaque => Self::Opaque,
        }
    }
}

/// Publishes what `args` say, and says on `out` how many events it was. `token` is the one from the environment, if there is
/// one there.
///
/// # Errors
/// Something is not an event, or not declared, and then nothing was sent; or something could not be stored, and then the
/// results say what.
pub async fn publish(
    args: PublishArgs,
    token: Option<Secret>,
    kinesis: &Kinesis,
    clock: &Clock,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let declared = Declared::ask(&args.control_plane, token).await?;
    let input = Input::open(&args, declared)?;
    let events = input.check(args.skip_bad)?;
    let mut results = match &args.results {
        None => None,
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("results cannot be written to `{}`", path.display()))?;
            Some(BufWriter::new(file))
        }
    };
    let bar = progress(events);
    let mut tally = Tally::default();
    let mut outbox = Outbox::new(kinesis.client(outbox::PATIENCE).await, args.ges.clone(), args.requests);
    for event in input.events() {
        let Ok((place, event)) = event else { continue };
        let envelope = fanner_event::seal(event, clock.now()).with_context(|| place.to_string())?;
        let outcomes = outbox.send(place, envelope).await;
        tally.note(outcomes, results.as_mut(), &bar)?;
    }
    tally.note(outbox.finish().await, results.as_mut(), &bar)?;
    if let Some(results) = &mut results {
        results.flush().context("results cannot be written")?;
    }
    bar.finish_and_clear();
    writeln!(out, "{} of {events} events were stored on `{}`", tally.stored, args.ges)?;
    match tally.first_failure {
        None => Ok(()),
        Some(reason) => bail!("{} of {events} events were not stored; the first: {reason}", tally.failed),
    }
}

/// How many events have become what.
#[derive(Debug, Default)]
struct Tally {
    stored: u64,
    failed: u64,
    first_failure: Option<String>,
}

impl Tally {
    fn note(
        &mut self,
        outcomes: Vec<Outcome>,
        mut results: Option<&mut BufWriter<File>>,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        for outcome in outcomes {
            bar.inc(1);
            match &outcome.error {
                None => self.stored += 1,
                Some(error) => {
                    self.failed += 1;
                    self.first_failure.get_or_insert_with(|| format!("{}: {error}", outcome.place));
                }
            }
            if let Some(results) = &mut results {
                serde_json::to_writer(&mut **results, &outcome).context("results cannot be written")?;
                results.write_all(b"\n").context("results cannot be written")?;
            }
        }
        Ok(())
    }
}

fn progress(events: u64) -> ProgressBar {
    let target = match std::io::stderr().is_terminal() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} events, {per_sec}, {eta} left");
    ProgressBar::with_draw_target(Some(events), target).with_style(style.expect("the template has only known keys"))
}
