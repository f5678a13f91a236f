//! Where a stream is kept: a folder with `stream.json` and one folder per shard; or nowhere.

use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;

use super::facts::Facts;
use crate::kinesis::log::{LogError, ShardLog};
use crate::kinesis::name::StreamName;
use crate::kinesis::sequence::{Epoch, ShardId};

const DESCRIPTION: &str = "stream.json";

/// The place of one stream's files.
#[derive(Clone, Debug)]
pub(crate) enum Home {
    Folder(PathBuf),
    /// Records go to unlinked files, and the description stays in memory.
    Nowhere,
}

/// A stream cannot be found again.
#[derive(Debug, Error)]
pub enum HomeError {
    /// A file or folder cannot be used.
    #[error("file or folder `{}` cannot be used", .path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// `stream.json` is not what was written.
    #[error("`{}` is not a stream's description; restore it, or delete its folder to give the stream up", .path.display())]
    Description {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: serde_json::Error,
    },
    /// A shard's records cannot be used.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Home {
    /// The folder of a new stream below `root`. The epoch tells it from an earlier one of the same name.
    pub(crate) fn below(root: Option<&Path>, name: &StreamName, epoch: Epoch) -> Home {
        root.map_or(Home::Nowhere, |root| Home::Folder(root.join(format!("{name}@{}", epoch.0))))
    }

    /// Makes the place of a new stream.
    pub(super) fn make(&self) -> io::Result<()> {
        match self {
            Home::Folder(folder) => fs::create_dir(folder),
            Home::Nowhere => Ok(()),
        }
    }

    /// Replaces the description, as a whole or not at all.
    pub(super) fn save(&self, facts: &Facts) -> io::Result<()> {
        let Home::Folder(folder) = self else { return Ok(()) };
        let draft = folder.join("stream.json.new");
        fs::write(&draft, serde_json::to_vec(facts)?)?;
        fs::rename(draft, folder.join(DESCRIPTION))
    }

    /// Reads the description. `None` when there is none: the stream's deletion was not finished.
    pub(super) fn load(&self) -> Result<Option<Facts>, HomeError> {
        let Home::Folder(folder) = self else { return Ok(None) };
        let path = folder.join(DESCRIPTION);
        match fs::read(&path) {
            Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|cause| HomeError::Description { path, cause }),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(HomeError::Io { path, cause }),
        }
    }

    /// The log of a shard, found again if it has records.
    pub(super) fn log(&self, shard: ShardId) -> Result<ShardLog, LogError> {
        match self.shard_folder(shard) {
            Some(folder) if folder.is_dir() => ShardLog::open(folder),
            folder => Ok(ShardLog::empty(folder)),
        }
    }

    /// Deletes a shard's records.
    pub(super) fn remove_shard(&self, shard: ShardId) -> io::Result<()> {
        self.shard_folder(shard).map_or(Ok(()), removed)
    }

    /// Deletes everything, the description first: what is left without one is deleted at the next start.
    pub(crate) fn remove(&self) -> io::Result<()> {
        let Home::Folder(folder) = self else { return Ok(()) };
        if let Err(error) = fs::remove_file(folder.join(DESCRIPTION))
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        removed(folder.clone())
    }

    fn shard_folder(&self, shard: ShardId) -> Option<PathBuf> {
        match self {
            Home::Folder(folder) => Some(folder.join(shard.to_string())),
            Home::Nowhere => None,
        }
    }
}

fn removed(folder: PathBuf) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
