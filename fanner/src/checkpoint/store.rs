//! The checkpoints of all shards, in one file that is replaced as a whole.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fanner_model::StreamName;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::Checkpoint;
use crate::sealed::{self, SealError};
use crate::source::ShardId;

/// The checkpoints on disk, and newer ones on their way there. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    path: Arc<Path>,
    state: Arc<Mutex<State>>,
    /// Held for as long as the store is open, so that no second fanner moves the same checkpoints.
    _lock: Arc<File>,
}

#[derive(Debug)]
struct State {
    content: Content,
    is_saved: bool,
    saved_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    /// Which stream the checkpoints are about.
    ges: StreamName,
    /// When that stream was created: one that was deleted and created anew has other records.
    created_at: Option<Timestamp>,
    shards: BTreeMap<ShardId, Checkpoint>,
}

impl Store {
    /// Opens the checkpoints of `ges` in `dir`, which is made if need be.
    ///
    /// # Errors
    /// Another fanner has the folder, it belongs to another stream, or the file in it cannot be trusted.
    pub(crate) fn open(dir: &Path, ges: &StreamName) -> Result<Self, StoreError> {
        let unusable = |source| StoreError::Unusable { dir: dir.into(), source };
        // Events that were kept aside lie here too, and are nobody else's to read.
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(unusable)?;
        let lock = File::create(dir.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => (),
            Err(std::fs::TryLockError::WouldBlock) => return Err(StoreError::Busy { dir: dir.into() }),
            Err(std::fs::TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let path = dir.join("checkpoints");
        let fresh = Content { ges: ges.clone(), created_at: None, shards: BTreeMap::new() };
        let content: Content = sealed::read(&path)?.unwrap_or(fresh);
        if content.ges != *ges {
            return Err(StoreError::OtherStream { dir: dir.into(), found: content.ges, wanted: ges.clone() });
        }
        let state = State { content, is_saved: true, saved_at: None };
        Ok(Self { path: path.into(), state: Arc::new(Mutex::new(state)), _lock: Arc::new(lock) })
    }

    /// When the stream that the checkpoints are about was created; `None`: it was never read.
    pub(crate) fn incarnation(&self) -> Option<Timestamp> {
        self.state.lock().content.created_at
    }

    /// Forgets any earlier stream of the name, and begins with the one that was created at this time, at these checkpoints.
    pub(crate) fn begin(&self, created_at: Timestamp, shards: BTreeMap<ShardId, Checkpoint>) {
        let mut state = self.state.lock();
        state.content.created_at = Some(created_at);
        state.content.shards = shards;
        state.is_saved = false;
    }

    /// The checkpoints of all shards that were ever read.
    pub(crate) fn shards(&self) -> BTreeMap<ShardId, Checkpoint> {
        self.state.lock().content.shards.clone()
    }

    /// Notes a shard's checkpoint, for [`Self::save`].
    pub(crate) fn put(&self, shard: &ShardId, checkpoint: Checkpoint) {
        let mut state = self.state.lock();
        let State { content, is_saved, .. } = &mut *state;
        match content.shards.get_mut(shard) {
            Some(known) if *known == checkpoint => (),
            Some(known) => (*known, *is_saved) = (checkpoint, false),
            None => {
                content.shards.insert(shard.clone(), checkpoint);
                *is_saved = false;
            }
        }
    }

    /// Forgets a shard that Kinesis no longer has.
    pub(crate) fn remove(&self, shard: &ShardId) {
        let mut state = self.state.lock();
        if state.content.shards.remove(shard).is_some() {
            state.is_saved = false;
        }
    }

    /// Puts everything that was noted on disk, if there is anything new. Blocks.
    ///
    /// # Errors
    /// The disk does not take it; what was there before still is, and the next call tries again.
    pub(crate) fn save(&self, now: Timestamp) -> io::Result<()> {
        let content = {
            let mut state = self.state.lock();
            if state.is_saved {
                state.saved_at = Some(now);
                return Ok(());
            }
            state.is_saved = true;
            state.content.clone()
        };
        let saved = sealed::write(&self.path, &content);
        let mut state = self.state.lock();
        match saved {
            Ok(()) => state.saved_at = Some(now),
            Err(_) => state.is_saved = false,
        }
        saved
    }

    /// When the disk last agreed with what was noted.
    pub(crate) fn saved_at(&self) -> Option<Timestamp> {
        self.state.lock().saved_at
    }
}

/// A state folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("state folder `{}` cannot be used", dir.display())]
    Unusable { dir: PathBuf, source: io::Error },
    #[error("state folder `{}` is in use by another fanner; give each its own `--state-dir`", dir.display())]
    Busy { dir: PathBuf },
    #[error(
        "state folder `{}` belongs to stream `{found}`; give the fanner of `{wanted}` its own `--state-dir`",
        dir.display()
    )]
    OtherStream { dir: PathBuf, found: StreamName, wanted: StreamName },
    #[error("the checkpoints cannot be trusted; restore the file, or remove it to read the stream from its start")]
    Untrusted(#[from] SealError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Position;

    #[test]
    fn checkpoints_survive_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir, "ges").unwrap();
        store.put(&shard("shardId-0"), checkpoint("7"));
        store.put(&shard("shardId-1"), Checkpoint::at(Position::End));
        store.save(Timestamp::UNIX_EPOCH).unwrap();
        let before = store.shards();
        drop(store);
        assert_eq!(open(&dir, "ges").unwrap().shards(), before);
    }

    #[test]
    fn a_folder_serves_one_fanner_and_one_stream() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir, "ges").unwrap();
        store.put(&shard("shardId-0"), checkpoint("7"));
        store.save(Timestamp::UNIX_EPOCH).unwrap();
        assert!(matches!(open(&dir, "ges"), Err(StoreError::Busy { .. })));
        drop(store);
        assert!(matches!(open(&dir, "other"), Err(StoreError::OtherStream { .. })));
    }

    #[test]
    fn a_stream_created_anew_begins_without_checkpoints() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir, "ges").unwrap();
        assert_eq!(store.incarnation(), None);
        store.begin(Timestamp::UNIX_EPOCH, BTreeMap::from([(shard("shardId-0"), checkpoint("7"))]));
        assert_eq!((store.incarnation(), store.shards().len()), (Some(Timestamp::UNIX_EPOCH), 1));
        store.begin(Timestamp::MAX, BTreeMap::new());
        assert_eq!((store.incarnation(), store.shards().len()), (Some(Timestamp::MAX), 0));
    }

    fn open(dir: &tempfile::TempDir, ges: &str) -> Result<Store, StoreError> {
        Store::open(dir.path(), &ges.parse().unwrap())
    }

    fn shard(id: &str) -> ShardId {
        ShardId::from(id)
    }

    fn checkpoint(record: &str) -> Checkpoint {
        Checkpoint::at(Position::After(record.parse().unwrap()))
    }
}
