//! Finding out whether somebody altered the log.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use fanner_audit::{Checkpoint, Finding, Report, Verifier, verify};
use fanner_client::{Client, Error};
use fanner_model::{AuditCheckpoint, AuditRecord};
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// What the log is checked against.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The key of those who run the control plane, as they gave it to you; several after a change of keys
    #[arg(long = "key", env = "FANNER_AUDIT_KEY", value_name = "KEY", value_delimiter = ',', required = true)]
    keys: Vec<Verifier>,
    /// The file that keeps the newest good checkpoint from one time to the next. With it, a log whose end was cut off together
    /// with its checkpoints is found, and one that was written anew by somebody who has the key
    #[arg(long, value_name = "FILE")]
    remember: Option<PathBuf>,
}

impl Verify {
    pub(crate) async fn run(self, client: &Client) -> Result<String, Failure> {
        let remembered = self.remember.as_deref().map(|file| self.remembered(file)).transpose()?.flatten();
        // Invariant: checkpoints are read before entries, or one that is signed in between would look like a cut.
        let checkpoints = checkpoints(client).await?;
        let records = records(client).await?;
        let notes: Vec<_> = checkpoints.iter().map(|checkpoint| &checkpoint.note).collect();
        let report = verify(&records, &notes, &self.keys, remembered.as_ref()).map_err(|found| altered(&found))?;
        if let (Some(file), Some(newest)) = (&self.remember, self.newest(&checkpoints, &report)) {
            keep(file, newest).map_err(|error| trouble("written", file, &error))?;
        }
        Ok(format!("{}\n", told(&report)))
    }

    /// The checkpoint that the file keeps; `None` the first time.
    fn remembered(&self, file: &Path) -> Result<Option<Checkpoint>, Failure> {
        let note = match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| trouble("read", file, &error))?,
        };
        match self.opened(&note) {
            Some(checkpoint) => Ok(Some(checkpoint)),
            None => Err(Failure::No(format!("`{}` is not a checkpoint that one of the keys signed", file.display()))),
        }
    }

    /// The note of the newest checkpoint that the log was found to lead to.
    fn newest<'a>(&self, checkpoints: &'a [AuditCheckpoint], report: &Report) -> Option<&'a str> {
        let notes = checkpoints.iter().rev().map(|checkpoint| checkpoint.note.as_str());
        report.signed.and_then(|signed| notes.into_iter().find(|note| self.opened(note) == Some(signed)))
    }

    fn opened(&self, note: &str) -> Option<Checkpoint> {
        self.keys.iter().find_map(|key| Checkpoint::open(note, key).ok())
    }
}

async fn checkpoints(client: &Client) -> Result<Vec<AuditCheckpoint>, Error> {
    let mut all: Vec<AuditCheckpoint> = Vec::new();
    loop {
        let page = client.audit_checkpoints(all.last().map(|checkpoint| checkpoint.size)).await?;
        all.extend(page.items);
        if page.next.is_none() {
            return Ok(all);
        }
    }
}

async fn records(client: &Client) -> Result<Vec<AuditRecord>, Error> {
    let mut all: Vec<AuditRecord> = Vec::new();
    loop {
        let page = client.audit_entries(all.last().map(|record| record.seq)).await?;
        all.extend(page.items);
        if page.next.is_none() {
            return Ok(all);
        }
    }
}

fn altered(findings: &[Finding]) -> Failure {
    Failure::No(format!("the audit log is not what was signed\n{}", lines(findings)))
}

fn lines(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("  {finding}")).collect::<Vec<_>>().join("\n")
}

fn told(Report { entries, signed }: &Report) -> String {
    match signed {
        None => format!("{entries} entries, in order; none of them is signed yet"),
        Some(Checkpoint { size, .. }) if size == entries => format!("{entries} entries, all as they were signed"),
        Some(Checkpoint { size, .. }) => {
            format!("{entries} entries, the first {size} as they were signed; the rest is in order and not signed yet")
        }
    }
}

/// Replaces the file as a whole, so that a crash leaves the old one.
fn keep(file: &Path, note: &str) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(note.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file)?;
    Ok(())
}

fn trouble(done: &str, file: &Path, error: &io::Error) -> Failure {
    Failure::trouble(format!("`{}` cannot be {done}: {error}", file.display()))
}
