//! One shard's bookkeeping: which deliveries are not stored yet, and hence where reading would have to go on. Deliveries
//! finish in any order; the safe position only moves forward. Pure: no clock, no disk, no network.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cursor::Cursor;
use super::{Checkpoint, Destination, Exception};
use crate::{Position, SequenceNumber};

/// What is under way on one shard.
///
/// The *hot* reader goes through the shard once, for every destination that keeps up. A destination whose lane breaks or
/// falls behind is served by the *catch-up* reader, so that the hot one need not wait; when the catch-up reader has come as
/// far as the hot one, the destination is handed back at a point that both agree on.
#[derive(Clone, Debug)]
pub(crate) struct Tracker {
    /// How far the hot reader has come.
    read_to: Position,
    /// When the last record before that arrived.
    read_at: Option<Timestamp>,
    cursors: BTreeMap<Destination, Cursor>,
}

impl Tracker {
    /// Goes on from where an earlier fanner got to.
    pub(crate) fn new(checkpoint: Checkpoint) -> Self {
        let Checkpoint { position, exceptions } = checkpoint;
        let cursors =
            exceptions.into_iter().map(|(destination, exception)| (destination, Cursor::lagging(exception))).collect();
        Self { read_to: position, read_at: None, cursors }
    }

    /// Where the hot reader goes on.
    pub(crate) fn read_to(&self) -> &Position {
        &self.read_to
    }

    /// Whether the hot reader hands `record` to `destination`, rather than leaving it to the catch-up reader.
    pub(crate) fn is_hot_for(&self, destination: Destination, record: &SequenceNumber) -> bool {
        self.cursors.get(&destination).is_none_or(|cursor| cursor.is_hot_for(record))
    }

    /// The hot reader hands `record` to `destination`. Comes before [`Self::read`] of the same record.
    pub(crate) fn hand(&mut self, destination: Destination, record: &SequenceNumber, arrived_at: Timestamp) {
        self.cursors.entry(destination).or_default().hand(record.clone(), arrived_at);
    }

    /// The hot reader is done with everything before `point`.
    pub(crate) fn read(&mut self, point: Position, arrived_at: Option<Timestamp>) {
        self.read_to = point.max(self.read_to.clone());
        self.read_at = arrived_at.or(self.read_at);
    }

    /// The delivery of `record` to `destination` is done: stored, kept aside, or no longer allowed.
    pub(crate) fn done(&mut self, destination: Destination, record: &SequenceNumber) {
        if let Some(cursor) = self.cursors.get_mut(&destination) {
            cursor.stored(record);
            if cursor.is_idle() {
                self.cursors.remove(&destination);
            }
        }
    }

    /// The lane of `destination` gave up and dropped what it held; the catch-up reader will serve it.
    pub(crate) fn broke(&mut self, destination: Destination) {
        self.cursors.entry(destination).or_default().broke(&self.read_to, self.read_at);
    }

    /// The lane of `destination` is too slow for the hot reader, and keeps what it holds; the catch-up reader serves the rest.
    pub(crate) fn fell_behind(&mut self, destination: Destination) {
        self.cursors.entry(destination).or_default().fell_behind(&self.read_to, self.read_at);
    }

    /// Forgets the destinations that the rules no longer name.
    pub(crate) fn retain(&mut self, is_named: impl Fn(Destination) -> bool) {
        self.cursors.retain(|destination, _| is_named(*destination));
    }

    /// The destinations that lag, and where the catch-up reader must go on for each; `None`: it has nothing left to read.
    pub(crate) fn lagging(&self) -> impl Iterator<Item = (Destination, Option<&Position>)> {
        let lagging = self.cursors.iter().filter(|(_, cursor)| cursor.is_lagging());
        lagging.map(|(destination, cursor)| (*destination, cursor.catch_up_from()))
    }

    /// Whether the catch-up reader must hand `record`, which it has just read, to `destination`.
    pub(crate) fn misses(&self, destination: Destination, record: &SequenceNumber) -> bool {
        self.cursors.get(&destination).is_some_and(|cursor| cursor.misses(record))
    }

    /// The catch-up reader hands `record` to `destination`.
    pub(crate) fn hand_again(&mut self, destination: Destination, record: &SequenceNumber, arrived_at: Timestamp) {
        if let Some(cursor) = self.cursors.get_mut(&destination) {
            cursor.hand_again(record.clone(), arrived_at);
        }
    }

    /// The catch-up reader, serving `destination`, is done with everything before `point`.
    pub(crate) fn pass(&mut self, destination: Destination, point: &Position, arrived_at: Option<Timestamp>) {
        if let Some(cursor) = self.cursors.get_mut(&destination) {
            cursor.pass(point, arrived_at);
        }
    }

    /// Gives `destination` back to the hot reader, if the catch-up reader has come as far.
    pub(crate) fn hand_over(&mut self, destination: Destination) {
        if let Some(cursor) = self.cursors.get_mut(&destination) {
            cursor.hand_over(&self.read_to);
            if cursor.is_idle() {
                self.cursors.remove(&destination);
            }
        }
    }

    /// When the oldest record arrived that a destination has not stored yet, for each that misses any.
    pub(crate) fn waiting_since(&self) -> impl Iterator<Item = (Destination, Timestamp)> {
        self.cursors.iter().filter_map(|(destination, cursor)| Some((*destination, cursor.waiting_since()?)))
    }

    /// How many deliveries the lanes hold for this shard.
    pub(crate) fn in_flight(&self) -> usize {
        self.cursors.values().map(Cursor::handed).sum()
    }

    /// What must be on disk for nothing to be lost by a crash now.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let missing = self.cursors.values().filter_map(Cursor::first_missing_hot);
        let missing = missing.map(|record| Position::Before(record.clone()));
        let position = missing.chain([self.read_to.clone()]).min();
        let exceptions =
            self.cursors.iter().filter_map(|(destination, cursor)| Some((*destination, cursor.exception()?)));
        Checkpoint {
            position: position.expect("at least how far the hot reader has come"),
            exceptions: exceptions.collect::<BTreeMap<Destination, Exception>>(),
        }
    }
}
