//! All streams of one account in one region, by name.
//!
//! The lock on the list is taken before a stream's, never while one is held.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use parking_lot::RwLock;
use thiserror::Error as ThisError;

use super::clock::{Clock, Millis};
use super::error::Error;
use super::limits::{Conditions, Limits};
use super::name::{Owner, StreamName};
use super::options::Options;
use super::sequence::Epoch;
use super::stream::{Capacity, Facts, Home, HomeError, Mode, NewStream, Status, Stream};

/// The streams of an account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) owner: Owner,
    options: Options,
    /// Where streams with a folder live, and the lock that keeps a second server out.
    root: Option<(PathBuf, File)>,
    streams: RwLock<Streams>,
}

#[derive(Debug, Default)]
struct Streams {
    by_name: BTreeMap<StreamName, Arc<Stream>>,
    last_epoch: u64,
}

/// A data folder cannot be used.
#[derive(Debug, ThisError)]
pub enum OpenError {
    /// It cannot be made or locked.
    #[error("data folder `{}` cannot be used", .path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Another server has it.
    #[error("data folder `{}` is in use by another process; stop that, or choose another folder", .path.display())]
    InUse {
        /// Which one.
        path: PathBuf,
    },
    /// A stream in it cannot be found again.
    #[error(transparent)]
    Stream(#[from] HomeError),
}

impl Account {
    /// Finds all streams in the data folder again, or begins without any.
    pub(crate) fn open(options: Options) -> Result<Account, OpenError> {
        let owner = Owner { region: options.region.clone(), account: options.account.clone() };
        let root = options.data_dir.as_deref().map(locked_root).transpose()?;
        let mut streams = Streams::default();
        for home in root.iter().map(|(root, _)| homes(root)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
            match Stream::open(home.clone(), options.limits)? {
                Some(stream) => streams.insert(stream),
                None => home.remove().unwrap_or_else(|cause| tracing::warn!(%cause, "a deleted stream's files stayed")),
            }
        }
        Ok(Account { owner, options, root, streams: RwLock::new(streams) })
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.options.clock
    }

    /// What a change at `now` happens under.
    pub(crate) fn conditions(&self, now: Millis) -> Conditions {
        Conditions { now, transition: self.options.transition, limits: self.options.limits }
    }

    /// The stream called `name`, unless its deletion is complete.
    pub(crate) fn stream(&self, name: &StreamName, now: Millis) -> Result<Arc<Stream>, Error> {
        let found = self.streams.read().by_name.get(name).cloned();
        found.filter(|stream| !stream.facts().is_gone(now)).ok_or_else(|| self.no_stream(name.as_str()))
    }

    pub(crate) fn no_stream(&self, name: &str) -> Error {
        Error::not_found(format!("Stream {name} under account {} not found.", self.owner.account))
    }

    /// All streams whose deletion is not complete, sorted by name.
    pub(crate) fn streams(&self, now: Millis) -> Vec<Arc<Stream>> {
        let streams = self.streams.read();
        streams.by_name.values().filter(|stream| !stream.facts().is_gone(now)).cloned().collect()
    }

    /// Begins to create a stream.
    pub(crate) fn create(&self, new: NewStream, now: Millis) -> Result<(), Error> {
        let conditions = self.conditions(now);
        self.forget_if_gone(&new.name, now)?;
        let mut streams = self.streams.write();
        if streams.by_name.contains_key(&new.name) {
            let account = &self.owner.account;
            return Err(Error::in_use(format!("Stream {} under account {account} already exists.", new.name)));
        }
        Usage::of(streams.by_name.values(), now).ensure_room(&new, &conditions)?;
        let facts = Facts::new(new, streams.next_epoch(now), &conditions);
        let home = Home::below(self.root.as_ref().map(|(root, _)| root.as_path()), &facts.name, facts.epoch);
        streams.insert(Stream::create(home, facts, conditions.limits)?);
        Ok(())
    }

    pub(crate) fn usage(&self, now: Millis) -> Usage {
        Usage::of(self.streams.read().by_name.values(), now)
    }

    /// Removes what has been deleted and what has expired. Failures are logged, and the next sweep tries again.
    pub(crate) fn sweep(&self, now: Millis) {
        let streams: Vec<_> = self.streams.read().by_name.values().cloned().collect();
        for stream in streams {
            let (name, gone) = {
                let facts = stream.facts();
                (facts.name.clone(), facts.is_gone(now))
            };
            let swept = if gone { self.forget_if_gone(&name, now) } else { stream.sweep(now) };
            swept.unwrap_or_else(|cause| tracing::warn!(stream = %name, %cause, "expired data could not be removed"));
        }
    }

    /// Forgets a stream whose deletion is complete, and then deletes its files, which takes longer.
    fn forget_if_gone(&self, name: &StreamName, now: Millis) -> Result<(), Error> {
        let gone = {
            let mut streams = self.streams.write();
            let gone = streams.by_name.get(name).is_some_and(|stream| stream.facts().is_gone(now));
            if gone { streams.by_name.remove(name) } else { None }
        };
        gone.map_or(Ok(()), |stream| stream.remove()).map_err(Error::from)
    }
}

impl Streams {
    fn insert(&mut self, stream: Stream) {
        let (name, epoch) = {
            let facts = stream.facts();
            (facts.name.clone(), facts.epoch)
        };
        self.last_epoch = self.last_epoch.max(epoch.0);
        self.by_name.insert(name, Arc::new(stream));
    }

    /// An epoch that no stream here has had.
    fn next_epoch(&self, now: Millis) -> Epoch {
        let micros = u64::try_from(now.0).unwrap_or_default() * 1000;
        Epoch(micros.max(self.last_epoch + 1))
    }
}

/// How much of its quotas an account uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) open_shards: usize,
    pub(crate) on_demand_streams: usize,
    creating_streams: usize,
}

impl Usage {
    fn of<'a>(streams: impl Iterator<Item = &'a Arc<Stream>>, now: Millis) -> Usage {
        streams.fold(Usage::default(), |sum, stream| {
            let facts = stream.facts();
            Usage {
                open_shards: sum.open_shards + if facts.is_gone(now) { 0 } else { facts.open_shards().count() },
                on_demand_streams: sum.on_demand_streams
                    + usize::from(facts.mode == Mode::OnDemand && !facts.is_gone(now)),
                creating_streams: sum.creating_streams + usize::from(facts.status(now) == Status::Creating),
            }
        })
    }

    fn ensure_room(&self, new: &NewStream, conditions: &Conditions) -> Result<(), Error> {
        let limits = conditions.limits;
        if self.creating_streams >= limits.creating_streams() {
            let most = limits.creating_streams();
            return Err(Error::limit_exceeded(format!("{most} streams are being created; wait until one is ACTIVE")));
        }
        if new.capacity == Capacity::OnDemand && self.on_demand_streams >= limits.on_demand_streams() {
            let most = limits.on_demand_streams();
            return Err(Error::limit_exceeded(format!("the account already has {most} on-demand streams, its limit")));
        }
        self.ensure_shards(new.capacity.shards() as usize, limits)
    }

    /// Errors with `LimitExceeded` unless the account may open `more` shards.
    pub(crate) fn ensure_shards(&self, more: usize, limits: Limits) -> Result<(), Error> {
        if self.open_shards + more <= limits.shards() {
            return Ok(());
        }
        Err(Error::limit_exceeded(format!(
            "This request would exceed the shard limit for the account. Current shard count: {}. Limit: {}. \
             Number of additional shards that would have resulted from this request: {more}",
            self.open_shards,
            limits.shards()
        )))
    }
}

/// The folder of all streams, made if need be, and locked for this process.
fn locked_root(data_dir: &Path) -> Result<(PathBuf, File), OpenError> {
    let failed = |cause| OpenError::Folder { path: data_dir.into(), cause };
    let root = data_dir.join("streams");
    fs::create_dir_all(&root).map_err(failed)?;
    let lock = File::create(data_dir.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok((root, lock)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: data_dir.into() }),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

fn homes(root: &Path) -> Result<Vec<Home>, HomeError> {
    let failed = |cause| HomeError::Io { path: root.into(), cause };
    let entries = fs::read_dir(root).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| Home::Folder(entry.path())).map_err(failed)).collect()
}
