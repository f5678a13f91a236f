//! One destination's progress on one shard: what was handed to its lane, what came back, and whether it lags.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::Exception;
use crate::{Position, SequenceNumber};

/// A destination that keeps up has no lag, and only its unfinished deliveries are held here. One that lags is served
/// by the catch-up reader up to `to`, and from there on by the hot reader.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursor {
    /// In the order of the shard. Stored ones at the front are forgotten as soon as nobody can ask for them again.
    slots: VecDeque<Slot>,
    lag: Option<Lag>,
}

#[derive(Clone, Debug)]
struct Slot {
    record: SequenceNumber,
    arrived_at: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The lane has it.
    Handed,
    /// The lane had it, and gave up: it must be read again.
    Dropped,
    Stored,
}

#[derive(Clone, Debug)]
struct Lag {
    /// What the catch-up reader serves next.
    next: Position,
    /// When the last record before that arrived.
    served_to: Option<Timestamp>,
    to: Option<Position>,
}

impl Cursor {
    /// A destination that was lagging when the fanner stopped.
    pub(super) fn lagging(exception: Exception) -> Self {
        let Exception { from, to } = exception;
        Self { slots: VecDeque::new(), lag: Some(Lag { next: from, served_to: None, to }) }
    }

    /// Whether the hot reader serves `record`, rather than the catch-up reader.
    pub(super) fn is_hot_for(&self, record: &SequenceNumber) -> bool {
        match &self.lag {
            None => true,
            Some(Lag { to: None, .. }) => false,
            Some(Lag { to: Some(to), .. }) => !to.is_past(record),
        }
    }

    /// The hot reader hands `record` to the lane.
    pub(super) fn hand(&mut self, record: SequenceNumber, arrived_at: Timestamp) {
        match self.find(&record) {
            Ok(place) => self.slots[place].state = State::Handed,
            Err(place) => self.slots.insert(place, Slot { record, arrived_at, state: State::Handed }),
        }
    }

    /// Whether the catch-up reader must hand `record` to the lane when it comes past.
    pub(super) fn misses(&self, record: &SequenceNumber) -> bool {
        let Some(lag) = &self.lag else { return false };
        let is_served_hot = lag.to.as_ref().is_some_and(|to| !to.is_past(record));
        let is_served = lag.next.is_past(record) || is_served_hot;
        !is_served && self.find(record).map_or(true, |place| self.slots[place].state == State::Dropped)
    }

    /// The catch-up reader hands `record` to the lane.
    pub(super) fn hand_again(&mut self, record: SequenceNumber, arrived_at: Timestamp) {
        match self.find(&record) {
            Ok(place) => self.slots[place].state = State::Handed,
            Err(place) => self.slots.insert(place, Slot { record: record.clone(), arrived_at, state: State::Handed }),
        }
        if let Some(lag) = &mut self.lag {
            (lag.next, lag.served_to) = (Position::After(record), Some(arrived_at));
        }
    }

    /// The catch-up reader has seen everything before `point`. What was dropped and not handed again is no longer the
    /// destination's to have.
    pub(super) fn pass(&mut self, point: &Position, arrived_at: Option<Timestamp>) {
        let Some(lag) = &mut self.lag else { return };
        let reached = lag.to.as_ref().map_or(point, |to| to.min(point));
        if lag.next < *reached {
            (lag.next, lag.served_to) = (reached.clone(), arrived_at.or(lag.served_to));
        }
        self.slots.retain(|slot| slot.state != State::Dropped || !lag.next.is_past(&slot.record));
        self.trim();
    }

    /// The destination has stored `record`.
    pub(super) fn stored(&mut self, record: &SequenceNumber) {
        if let Ok(place) = self.find(record) {
            self.slots[place].state = State::Stored;
            self.trim();
        }
    }

    /// The lane gave up and dropped all that it held: the catch-up reader takes over from the first record that is missing.
    pub(super) fn broke(&mut self, read_to: &Position, read_at: Option<Timestamp>) {
        self.fell_behind(read_to, read_at);
        for slot in &mut self.slots {
            if slot.state == State::Handed {
                slot.state = State::Dropped;
            }
        }
        let first_dropped = self.slots.iter().find(|slot| slot.state == State::Dropped);
        if let (Some(lag), Some(slot)) = (&mut self.lag, first_dropped) {
            lag.next = Position::Before(slot.record.clone()).min(lag.next.clone());
        }
    }

    /// The lane is alive but too slow: it keeps what it holds, and the catch-up reader serves what comes after that.
    pub(super) fn fell_behind(&mut self, read_to: &Position, read_at: Option<Timestamp>) {
        let (next, served_to) = match self.lag.take() {
            None => (read_to.clone(), read_at),
            Some(Lag { next, served_to, to: None }) => (next, served_to),
            Some(Lag { next, served_to, to: Some(to) }) if next < to => (next, served_to),
            Some(Lag { to: Some(to), .. }) => (to.max(read_to.clone()), read_at),
        };
        self.lag = Some(Lag { next, served_to, to: None });
    }

    /// Gives the destination back to the hot reader if the catch-up reader has come as far as that one, and ends the lag
    /// once everything in it is stored and behind the hot reader.
    pub(super) fn hand_over(&mut self, read_to: &Position) {
        if let Some(Lag { next, to: to @ None, .. }) = &mut self.lag
            && read_to <= next
        {
            *to = Some(next.clone());
        }
        self.trim();
        if self.lag.as_ref().is_some_and(|lag| lag.is_over(read_to, self.slots.front())) {
            self.lag = None;
        }
    }

    /// Where the catch-up reader must go on for this destination, if it must.
    pub(super) fn catch_up_from(&self) -> Option<&Position> {
        let Lag { next, to, .. } = self.lag.as_ref()?;
        to.as_ref().is_none_or(|to| next < to).then_some(next)
    }

    pub(super) fn is_lagging(&self) -> bool {
        self.lag.is_some()
    }

    /// What the destination misses of the part that the hot reader does not serve.
    pub(super) fn exception(&self) -> Option<Exception> {
        let Lag { next, to, .. } = self.lag.as_ref()?;
        let from = match self.missing().next() {
            Some(record) => Position::Before(record.clone()).min(next.clone()),
            None => next.clone(),
        };
        Some(Exception { from, to: to.clone() })
    }

    /// The first record that the hot reader handed over and that is not stored yet.
    pub(super) fn first_missing_hot(&self) -> Option<&SequenceNumber> {
        self.missing().find(|record| self.is_hot_for(record))
    }

    /// When the oldest record arrived that the destination has not stored yet, as far as is known.
    pub(super) fn waiting_since(&self) -> Option<Timestamp> {
        let missing = self.slots.iter().find(|slot| slot.state != State::Stored).map(|slot| slot.arrived_at);
        missing.or_else(|| self.lag.as_ref()?.served_to)
    }

    /// How many deliveries the lane holds.
    pub(super) fn handed(&self) -> usize {
        self.slots.iter().filter(|slot| slot.state == State::Handed).count()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.slots.is_empty() && self.lag.is_none()
    }

    fn missing(&self) -> impl Iterator<Item = &SequenceNumber> {
        self.slots.iter().filter(|slot| slot.state != State::Stored).map(|slot| &slot.record)
    }

    fn find(&self, record: &SequenceNumber) -> Result<usize, usize> {
        match self.slots.back() {
            Some(last) if last.record < *record => Err(self.slots.len()),
            _ => self.slots.binary_search_by(|slot| slot.record.cmp(record)),
        }
    }

    /// Forgets what is stored and will not be read again.
    fn trim(&mut self) {
        while let Some(slot) = self.slots.front()
            && slot.state == State::Stored
            && self.lag.as_ref().is_none_or(|lag| lag.is_served() || lag.next.is_past(&slot.record))
        {
            self.slots.pop_front();
        }
    }
}

impl Lag {
    /// Whether the catch-up reader has handed over all that it had to.
    fn is_served(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.next)
    }

    /// Whether all of it is stored as well, and the hot reader, now at `read_to`, will not come past it any more. `first`
    /// is the first delivery that is not stored.
    fn is_over(&self, read_to: &Position, first: Option<&Slot>) -> bool {
        let Some(to) = &self.to else { return false };
        to <= read_to && self.is_served() && first.is_none_or(|slot| !to.is_past(&slot.record))
    }
}
