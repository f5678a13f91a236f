//! What is safely stored, and therefore never read again: per shard one position that everybody is past, and for each
//! destination that lags behind it an exception. [`Tracker`] decides, purely; [`Store`] keeps what it says on disk.

mod cursor;
mod destination;
#[cfg(test)]
mod simulation;
mod store;
mod tracker;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Position;

pub(crate) use destination::Destination;
pub(crate) use store::Store;
pub(crate) use tracker::Tracker;

/// Where reading one shard goes on after a restart.
///
/// Invariant: a record that some destination should have and does not is behind `position`, or behind the `from` of that
/// destination's exception. Both are therefore written in one piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub position: Position,
    /// The destinations that miss records before `position`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exceptions: BTreeMap<Destination, Exception>,
}

impl Checkpoint {
    /// Nothing has been read yet; reading begins at `position`.
    pub(crate) fn at(position: Position) -> Self {
        Self { position, exceptions: BTreeMap::new() }
    }

    /// Whether the shard is closed, and everything that was in it is stored.
    pub(crate) fn is_finished(&self) -> bool {
        self.position == Position::End && self.exceptions.is_empty()
    }
}

/// The part of a shard that one destination still has to get from the catch-up reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exception {
    pub from: Position,
    /// From here on the hot reader serves the destination again; `None`: not yet decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Position>,
}
