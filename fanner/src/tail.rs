//! `fanner tail`: shows what arrives in a stream, from all of its shards, and from those that come when it is split.

use std::collections::BTreeSet;
use std::io::Write;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;
use fanner_model::StreamName;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Position;
use crate::clock::Clock;
use crate::kinesis::Kinesis;
use crate::source::{self, Pace, Reader, Record, ShardId};

/// What `fanner tail` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct TailArgs {
    /// The stream to read
    pub stream: StreamName,
    /// Where to begin: `trim-horizon`, `latest`, or a time such as `2026-11-21T03:00:00Z`
    #[arg(long, value_name = "WHERE", default_value = "trim-horizon")]
    pub from: From,
    /// Stops after this many events
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// Stops when nothing has arrived for so long, such as `2s` or `500ms`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub until_idle: Option<Duration>,
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
    /// Reads of one shard in a second; Kinesis allows 5 altogether; 0: as many as possible
    #[arg(long, env = "FANNER_READS_PER_SECOND", value_name = "N", default_value_t = 5)]
    pub reads_per_second: u32,
}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    TrimHorizon,
    Latest,
    Time(Timestamp),
}

/// How an event is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// When it arrived, its key, and its payload
    #[default]
    Text,
    /// One JSON object a line
    Json,
    /// The payload's bytes and nothing else
    Raw,
}

/// Shows what `args` ask for; how many events it was.
///
/// # Errors
/// The stream cannot be read, or the output cannot be written to.
pub async fn tail(args: TailArgs, kinesis: &Kinesis, clock: &Clock, out: &mut impl Write) -> anyhow::Result<u64> {
    let client = kinesis.client(Duration::from_secs(10)).await;
    let begin_at = args.from.position(clock.now());
    let mut followed = Followed { client, args: args.clone(), known: BTreeSet::new(), readers: JoinSet::new() };
    let (found, mut records) = mpsc::channel(1_000);
    followed.follow_new(begin_at, &found).await?;
    let mut shown = 0;
    let mut idle_at = Instant::now();
    while args.count.is_none_or(|count| shown < count) {
        let idle = args.until_idle.map(|idle| idle_at + idle);
        tokio::select! {
            Some((shard, record)) = records.recv() => {
                show(out, args.output, &shard, &record)?;
                (shown, idle_at) = (shown + 1, Instant::now());
            }
            Some(_) = followed.readers.join_next() => followed.follow_new(Position::Start, &found).await?,
            () = tokio::time::sleep_until(idle.unwrap_or(idle_at)), if idle.is_some() => break,
        }
    }
    out.flush()?;
    Ok(shown)
}

/// The shards that are being read.
struct Followed {
    client: aws_sdk_kinesis::Client,
    args: TailArgs,
    known: BTreeSet<ShardId>,
    readers: JoinSet<()>,
}

impl Followed {
    /// Starts to read the shards that are not read yet, from `position` on.
    async fn follow_new(&mut self, position: Position, found: &mpsc::Sender<(ShardId, Record)>) -> anyhow::Result<()> {
        let TailArgs { stream, reads_per_second, .. } = &self.args;
        let shards = source::list(&self.client, stream).await;
        for shard in shards.with_context(|| format!("stream `{stream}` cannot be read"))? {
            if self.known.insert(shard.clone()) {
                let pace = Pace::per_second(*reads_per_second);
                let reader = Reader::new(self.client.clone(), stream.clone(), shard.clone(), pace, position.clone());
                self.readers.spawn(read(shard, reader, found.clone()));
            }
        }
        Ok(())
    }
}

/// Reads a shard to its end.
async fn read(shard: ShardId, mut reader: Reader, found: mpsc::Sender<(ShardId, Record)>) {
    loop {
        let batch = reader.next().await;
        for record in batch.records {
            if found.send((shard.clone(), record)).await.is_err() {
                return;
            }
        }
        if batch.position == Position::End {
            return;
        }
    }
}

/// An event as `--output json` shows it.
#[derive(Serialize)]
struct Shown<'a> {
    event: &'a str,
    id: &'a str,
    arrived_at: Timestamp,
    shard: &'a ShardId,
    sequence_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
}

fn show(out: &mut impl Write, output: Output, shard: &ShardId, record: &Record) -> std::io::Result<()> {
    let data = record.data.as_ref();
    match output {
        Output::Raw => out.write_all(data),
        Output::Text => writeln!(out, "{}  {}  {}", record.arrived_at, record.partition_key, printable(data)),
        Output::Json => {
            let (event, id) = record.partition_key.split_once('/').unwrap_or(("", &record.partition_key));
            let payload = serde_json::from_slice::<&RawValue>(data).ok();
            let payload_base64 = payload.is_none().then(|| STANDARD.encode(data));
            let (arrived_at, sequence_number) = (record.arrived_at, record.sequence_number.as_str());
            serde_json::to_writer(
                &mut *out,
                &Shown { event, id, arrived_at, shard, sequence_number, payload, payload_base64 },
            )?;
            out.write_all(b"\n")
        }
    }
}

/// Text as it is, everything else as base64: bytes must not reach a terminal's control sequences.
fn printable(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => STANDARD.encode(data),
    }
}

impl From {
    fn position(self, now: Timestamp) -> Position {
        match self {
            Self::TrimHorizon => Position::Start,
            Self::Latest => Position::Since(now),
            Self::Time(at) => Position::Since(at),
        }
    }
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "trim-horizon" => Ok(Self::TrimHorizon),
            "latest" => Ok(Self::Latest),
            time => match time.parse() {
                Ok(at) => Ok(Self::Time(at)),
                Err(_) => Err("write `trim-horizon`, `latest`, or a time such as `2026-11-21T03:00:00Z`".into()),
            },
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: Option<jiff::SignedDuration> = text.parse().ok();
    span.and_then(|span| Duration::try_from(span).ok()).ok_or("write it like `2s` or `500ms`".into())
}
