//! Records that can never be delivered: kept in files, one JSON line each, with the reason. A line is on disk before its
//! record counts as done. After a crash the same record may be there twice; its shard and sequence number tell.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fanner_model::StreamName;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tracing::error;

use crate::SequenceNumber;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::event::Event;
use crate::source::{Record, ShardId};

/// The folder of what was kept aside. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Aside {
    dir: PathBuf,
    clock: Clock,
}

/// A record that was kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub at: Timestamp,
    pub reason: String,
    /// The stream that refused it; `None`: it is not an event, so nobody could get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
    /// The partition key it was read or sent with.
    pub key: String,
    pub shard: ShardId,
    pub sequence_number: SequenceNumber,
    pub arrived_at: Timestamp,
    /// The record's bytes as they were read, in base64.
    pub data: String,
}

impl Aside {
    /// Keeps what cannot be delivered under `state_dir`.
    pub fn new(state_dir: &Path, clock: Clock) -> Self {
        Self { dir: state_dir.join("aside"), clock }
    }

    /// A record of `shard` that is not an event.
    pub fn undecodable(&self, shard: &ShardId, record: &Record, reason: String) -> Kept {
        Kept {
            at: self.clock.now(),
            reason,
            stream: None,
            key: record.partition_key.clone(),
            shard: shard.clone(),
            sequence_number: record.sequence_number.clone(),
            arrived_at: record.arrived_at,
            data: STANDARD.encode(&record.data),
        }
    }

    /// An event that `stream` can never accept.
    pub fn refused(&self, stream: &StreamName, event: &Event, reason: String) -> Kept {
        Kept {
            at: self.clock.now(),
            reason,
            stream: Some(stream.clone()),
            key: event.key.clone(),
            shard: event.shard.clone(),
            sequence_number: event.record.clone(),
            arrived_at: event.arrived_at,
            data: STANDARD.encode(&event.envelope),
        }
    }

    /// Returns once all of `kept` is on disk, however long that takes: without a place for them nothing may go on.
    pub async fn keep(&self, kept: Vec<Kept>) {
        if kept.is_empty() {
            return;
        }
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        loop {
            let (aside, lines) = (self.clone(), kept.clone());
            let written = tokio::task::spawn_blocking(move || aside.append(&lines)).await;
            let Err(error) = written.unwrap_or_else(|panic| Err(io::Error::other(panic))) else { return };
            let pause = backoff.failed();
            if backoff.is_worth_a_line() {
                error!(dir = %self.dir.display(), records = kept.len(), %error, "records could not be kept aside; retrying");
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Everything that was kept aside, oldest first.
    ///
    /// # Errors
    /// A file cannot be read, or holds something else.
    pub fn list(&self) -> io::Result<Vec<Kept>> {
        let mut files = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        files.sort();
        let lines = files.iter().map(|path| lines(path)).collect::<io::Result<Vec<_>>>()?;
        Ok(lines.into_iter().flatten().collect())
    }

    fn append(&self, kept: &[Kept]) -> io::Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        let day = self.clock.now().to_zoned(TimeZone::UTC).date();
        let path = self.dir.join(format!("{day}.ndjson"));
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        // The empty line ends one that a crash may have cut off, and that would otherwise swallow the next.
        let mut text = vec![b'\n'];
        for line in kept {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        file.write_all(&text)?;
        file.sync_all()?;
        File::open(&self.dir)?.sync_all()
    }
}

/// The lines of one file. One that a crash cut off counted as nothing, and its record was kept again.
fn lines(path: &Path) -> io::Result<Vec<Kept>> {
    let lines = BufReader::new(File::open(path)?).lines().collect::<io::Result<Vec<_>>>()?;
    Ok(lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
