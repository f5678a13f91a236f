//! Signs the audit log: at most once a minute, if something was appended, and at the end. It signs what the entries say,
//! not what the database says their tree is, and never a log that does not go on from what it signed before.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fanner_audit::{Checkpoint, Entry, Frontier, Signer};
use fanner_model::AuditRecord;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::clock::Clock;
use crate::store::{CheckpointRecord, Store, StoreError};

/// How often the log is signed at most.
const INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// How often the notary looks at the clock.
const LOOK: Duration = Duration::from_millis(500);

/// How many entries are read at once.
const PAGE: u32 = 500;

/// Signs the log with a key. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Notary {
    signer: Arc<Signer>,
    /// Where each checkpoint is published as a file.
    folder: Option<PathBuf>,
}

impl Notary {
    pub(crate) fn new(signer: Signer, folder: Option<PathBuf>) -> Self {
        info!(key = %signer.verifier(), "audit log is signed");
        Self { signer: Arc::new(signer), folder }
    }

    /// What verifies its signatures.
    pub(crate) fn key(&self) -> String {
        self.signer.verifier().to_string()
    }

    /// The signed note about a file that leaves the control plane.
    pub(crate) fn seal(&self, name: &str, text: &str) -> String {
        fanner_audit::seal(&self.signer, name, text)
    }

    /// Signs the log until `closing`.
    pub(crate) async fn run(&self, store: &Store, clock: &Clock, closing: &CancellationToken) {
        let mut last = Timestamp::MIN;
        while !closing.is_cancelled() {
            if last.saturating_add(INTERVAL).is_ok_and(|due| due <= clock.now()) {
                self.attend(store, clock).await;
                last = clock.now();
            }
            tokio::select! {
                () = closing.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Signs what was appended since the last time.
    pub(crate) async fn attend(&self, store: &Store, clock: &Clock) {
        match self.sign(store, clock).await {
            Ok(Some(checkpoint)) => debug!(size = checkpoint.size, "audit log was signed"),
            Ok(None) => {}
            Err(NotaryError::Store(error)) => {
                warn!(error = &error as &dyn std::error::Error, "audit log could not be read; it is signed later");
            }
            Err(cause @ NotaryError::Altered { .. }) => {
                error!(%cause, "audit log was altered; it is not signed any more")
            }
        }
    }

    async fn sign(&self, store: &Store, clock: &Clock) -> Result<Option<Checkpoint>, NotaryError> {
        let (signed, mut frontier) = match store.newest_checkpoint().await? {
            Some(newest) => (newest.size, self.edge(&newest)),
            None => (0, Frontier::default()),
        };
        loop {
            let records = store.audit_records(frontier.size(), PAGE).await?;
            for record in &records {
                extend(&mut frontier, record)?;
            }
            if u32::try_from(records.len()).is_ok_and(|count| count < PAGE) {
                break;
            }
        }
        if frontier.size() <= signed {
            return Ok(None);
        }
        let checkpoint = Checkpoint { size: frontier.size(), root: frontier.root() };
        let new = CheckpointRecord {
            size: checkpoint.size,
            note: checkpoint.sign(&self.signer),
            frontier: frontier.to_bytes(),
        };
        store.insert_checkpoint(&new, clock.now()).await?;
        self.publish(&new);
        Ok(Some(checkpoint))
    }

    /// The edge of the log that a checkpoint of ours is about. Without one, everything is read again from the start.
    fn edge(&self, CheckpointRecord { size, note, frontier }: &CheckpointRecord) -> Frontier {
        let edge = Checkpoint::open(note, self.signer.verifier()).ok().zip(Frontier::from_bytes(frontier).ok());
        match edge {
            Some((checkpoint, edge)) if (checkpoint.size, checkpoint.root) == (edge.size(), edge.root()) => edge,
            Some(_) | None => {
                warn!(size, "newest checkpoint is not of this key; the whole audit log is read");
                Frontier::default()
            }
        }
    }

    fn publish(&self, CheckpointRecord { size, note, .. }: &CheckpointRecord) {
        let Some(folder) = &self.folder else { return };
        if let Err(cause) = write(&folder.join(format!("{size:012}.checkpoint")), note) {
            warn!(%cause, folder = %folder.display(), "checkpoint could not be published; the next one will be");
        }
    }
}

/// Adds the next entry, if it is the one that was appended.
fn extend(frontier: &mut Frontier, AuditRecord { seq, text, leaf }: &AuditRecord) -> Result<(), NotaryError> {
    match text.as_deref().map(Entry::leaf) {
        Some(hash) if *seq == frontier.size() && *leaf == Some(hash) => {
            frontier.append(hash);
            Ok(())
        }
        Some(_) | None => Err(NotaryError::Altered { seq: frontier.size() }),
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    fs::write(&draft, text)?;
    fs::rename(draft, path)
}

/// Why the log was not signed.
#[derive(Debug, thiserror::Error)]
enum NotaryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("entry {seq} is not the one that was appended")]
    Altered { seq: u64 },
}

#[cfg(test)]
mod tests {
    use fanner_audit::{Action, Noun, ORIGIN, Subject};
    use sqlx::{Connection, SqliteConnection};

    use super::*;
    use crate::store::{Author, Deed};

    #[tokio::test]
    async fn a_log_is_signed_once_it_has_grown() {
        let (_folder, _, store) = log().await;
        assert_eq!(notary(1).sign(&store, &Clock::default()).await.unwrap().map(|signed| signed.size), Some(3));
        assert_eq!(notary(1).sign(&store, &Clock::default()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_log_that_was_altered_since_is_never_signed() {
        let (_folder, url, store) = log().await;
        notary(1).sign(&store, &Clock::default()).await.unwrap();
        append(&store).await;
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("update audit_entry set entry = substr(entry, 2) where seq = 3")
            .execute(&mut database)
            .await
            .unwrap();
        let error = notary(1).sign(&store, &Clock::default()).await.unwrap_err();
        assert_eq!(error.to_string(), "entry 3 is not the one that was appended");
    }

    #[tokio::test]
    async fn a_new_key_signs_only_after_reading_everything() {
        let (_folder, url, store) = log().await;
        notary(1).sign(&store, &Clock::default()).await.unwrap();
        append(&store).await;
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("delete from audit_entry where seq = 0").execute(&mut database).await.unwrap();
        assert!(notary(2).sign(&store, &Clock::default()).await.is_err());
        assert_eq!(notary(1).sign(&store, &Clock::default()).await.unwrap().map(|signed| signed.size), Some(4));
    }

    async fn log() -> (tempfile::TempDir, String, Store) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("db").display());
        let store = Store::open(&url).await.unwrap();
        for _ in 0..3 {
            append(&store).await;
        }
        (folder, url, store)
    }

    async fn append(store: &Store) {
        let author = Author { caller: "token:1".parse().unwrap(), at: Clock::default().now(), request: None };
        let deed = Deed::refused(Action::Put, Subject::new(Noun::Teams, "fraud"), "no");
        store.record_refusal(&author, deed).await.unwrap();
    }

    fn notary(seed: u8) -> Notary {
        Notary::new(Signer::new(ORIGIN, &[seed; 32]), None)
    }
}
