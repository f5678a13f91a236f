//! What waits for one destination, and when it is sent: batches by count and bytes with a small linger, failed records
//! first, fewer requests while the destination complains. Pure: time is passed in.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Delivery;
use super::breaker::{Breaker, Epoch};
use crate::backoff::Backoff;

/// How much a lane holds and sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Records that wait or are on their way.
    pub records: usize,
    /// Bytes of them.
    pub bytes: usize,
    /// Records in one request; Kinesis takes 500.
    pub batch_records: usize,
    /// Bytes in one request, partition keys included; Kinesis takes 10 MiB.
    pub batch_bytes: usize,
    /// Requests under way at once.
    pub requests: usize,
    /// How long a record waits for others to share its request.
    pub linger: Duration,
    /// A destination that has stored nothing for so long, though it was asked to, is broken.
    pub patience: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            records: 10_000,
            bytes: 32 << 20,
            batch_records: 500,
            batch_bytes: 10 << 20,
            requests: 4,
            linger: Duration::from_millis(5),
            patience: Duration::from_secs(2),
        }
    }
}

/// One destination's deliveries.
#[derive(Debug)]
pub(crate) struct Queue {
    bounds: Bounds,
    breaker: Breaker,
    waiting: VecDeque<Delivery>,
    waiting_bytes: usize,
    /// Parts of requests that were refused as a whole; each is sent by itself, until the record that is to blame is alone.
    parts: Vec<Vec<Delivery>>,
    /// All that wait or are on their way.
    records: usize,
    bytes: usize,
    requests: usize,
    backoff: Backoff,
    pause_until: Instant,
    /// When a record was last stored or given up, or the first one offered.
    progress_at: Instant,
}

/// What the lane should do now.
#[derive(Debug)]
pub(super) enum Next {
    Send(Vec<Delivery>),
    /// Nothing, until something happens or this moment comes.
    Wait(Option<Instant>),
}

impl Queue {
    /// An empty queue in front of a destination that is believed to work.
    pub(crate) fn new(bounds: Bounds, now: Instant) -> Self {
        Self {
            bounds,
            breaker: Breaker::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            parts: Vec::new(),
            records: 0,
            bytes: 0,
            requests: 0,
            backoff: Backoff::new(Duration::from_millis(50), Duration::from_secs(1)),
            pause_until: now,
            progress_at: now,
        }
    }

    /// The epoch in which deliveries may be offered; `None` while the destination is left alone, or a request from before it
    /// broke has not ended.
    pub(super) fn session(&mut self, now: Instant) -> Option<Epoch> {
        let is_settled = !self.breaker.is_broken() || self.requests == 0;
        (is_settled && self.breaker.may_try(now)).then(|| self.breaker.epoch())
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.breaker.epoch()
    }

    pub(super) fn is_current(&self, epoch: Epoch) -> bool {
        self.breaker.epoch() == epoch
    }

    pub(super) fn is_well(&self, epoch: Epoch) -> bool {
        self.is_current(epoch) && self.breaker.is_well()
    }

    /// Whether more should be offered. A destination that is being tried gets one record.
    pub(super) fn has_room(&self) -> bool {
        match self.breaker.is_well() {
            true => self.records < self.bounds.records && self.bytes < self.bounds.bytes,
            false => self.records == 0,
        }
    }

    /// Whether more than half of the queue is free.
    pub(super) fn has_much_room(&self) -> bool {
        self.has_room() && self.records < self.bounds.records / 2 && self.bytes < self.bounds.bytes / 2
    }

    /// Takes a delivery, unless the offer comes from a session that has ended.
    pub(super) fn offer(&mut self, epoch: Epoch, delivery: Delivery) -> bool {
        if !self.is_current(epoch) {
            return false;
        }
        if self.records == 0 {
            self.progress_at = delivery.offered_at;
        }
        self.records += 1;
        self.bytes += size(&delivery);
        self.waiting_bytes += size(&delivery);
        self.waiting.push_back(delivery);
        true
    }

    /// How many deliveries wait or are on their way.
    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// How often sending failed since it last worked.
    pub(super) fn attempt(&self) -> u32 {
        self.backoff.attempt()
    }

    /// What to send, or how long to wait. What is to be sent counts as one request more.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        let stuck_at = (0 < self.records).then(|| self.progress_at + self.bounds.patience);
        let is_busy = self.requests_allowed() <= self.requests;
        if self.breaker.is_broken() || is_busy {
            return Next::Wait(stuck_at);
        }
        if now < self.pause_until {
            return Next::Wait(stuck_at.map(|at| at.min(self.pause_until)));
        }
        let batch = match (self.parts.pop(), self.ripe_at()) {
            (Some(part), _) => part,
            (None, Some(at)) if at <= now => self.batch(),
            (None, at) => return Next::Wait(at.into_iter().chain(stuck_at).min()),
        };
        self.requests += 1;
        Next::Send(batch)
    }

    /// A request has ended: `finished` is done with, `again` must be sent again. Whether the destination works again after
    /// it did not. What comes back from before the destination broke was dropped then.
    pub(super) fn returned(&mut self, epoch: Epoch, finished: &[Delivery], again: Vec<Delivery>, now: Instant) -> bool {
        self.requests -= 1;
        if !self.is_current(epoch) {
            return false;
        }
        self.finish(finished);
        if again.len() <= finished.len() {
            self.backoff.worked();
        }
        if !again.is_empty() {
            self.pause_until = now + self.backoff.failed();
        }
        for delivery in again.into_iter().rev() {
            self.waiting_bytes += size(&delivery);
            self.waiting.push_front(delivery);
        }
        if finished.is_empty() {
            return false;
        }
        self.progress_at = now;
        self.breaker.worked()
    }

    /// Deliveries are not sent after all: they are not allowed. That is no sign of a destination that is stuck.
    pub(super) fn give_up(&mut self, deliveries: &[Delivery], now: Instant) {
        if !deliveries.is_empty() {
            self.finish(deliveries);
            self.progress_at = now;
        }
    }

    fn finish(&mut self, finished: &[Delivery]) {
        self.records -= finished.len();
        self.bytes -= finished.iter().map(size).sum::<usize>();
    }

    /// A request of more than one record was refused as a whole: its halves are sent by themselves.
    pub(super) fn split(&mut self, epoch: Epoch, mut batch: Vec<Delivery>) {
        self.requests -= 1;
        if self.is_current(epoch) {
            let second = batch.split_off(batch.len() / 2);
            self.parts.extend([second, batch]);
        }
    }

    /// The destination takes nothing: drops everything and ends all sessions.
    pub(super) fn broke(&mut self, now: Instant) {
        self.breaker.broke(now);
        self.waiting.clear();
        self.parts.clear();
        (self.waiting_bytes, self.records, self.bytes) = (0, 0, 0);
        self.backoff.worked();
        self.pause_until = now;
    }

    /// Whether the destination was asked and has stored nothing for too long.
    pub(super) fn is_stuck(&self, now: Instant) -> bool {
        0 < self.records && self.progress_at + self.bounds.patience <= now
    }

    fn requests_allowed(&self) -> usize {
        match self.breaker.is_well() && self.backoff.attempt() == 0 {
            true => self.bounds.requests,
            false => 1,
        }
    }

    /// When the next batch should leave.
    fn ripe_at(&self) -> Option<Instant> {
        let first = self.waiting.front()?;
        let is_full = self.bounds.batch_records <= self.waiting.len() || self.bounds.batch_bytes <= self.waiting_bytes;
        let linger = if is_full { Duration::ZERO } else { self.bounds.linger };
        Some(first.offered_at + linger)
    }

    /// As much as fits into one request, and at least one record.
    fn batch(&mut self) -> Vec<Delivery> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some(delivery) = self.waiting.front() {
            let size = size(delivery);
            let is_full = self.bounds.batch_records <= batch.len() || self.bounds.batch_bytes < bytes + size;
            if is_full && !batch.is_empty() {
                break;
            }
            bytes += size;
            batch.extend(self.waiting.pop_front());
        }
        self.waiting_bytes -= bytes;
        batch
    }
}

/// What a delivery counts toward a request's limit: an upper bound, since a payload is smaller than its envelope. Only
/// masks can make an event a little larger, and a request that is too large is halved.
fn size(delivery: &Delivery) -> usize {
    delivery.event.envelope.len() + delivery.event.key.len()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use tokio::sync::mpsc;

    use super::*;
    use crate::lane::tests::event;

    #[test]
    fn a_full_batch_leaves_at_once_and_a_smaller_one_lingers() {
        let (mut queue, start) = (queue(), Instant::now());
        offer(&mut queue, 1..=2, start);
        assert_eq!(waits(&mut queue, start), Some(LINGER));
        assert_eq!(sends(&mut queue, start + LINGER), [1, 2]);
        offer(&mut queue, 3..=7, start);
        assert_eq!(sends(&mut queue, start), [3, 4, 5]);
    }

    #[test]
    fn what_failed_is_sent_again_first_after_a_pause_and_alone() {
        let (mut queue, start) = (queue(), Instant::now());
        let deliveries = offer(&mut queue, 1..=9, start);
        assert_eq!(sends(&mut queue, start), [1, 2, 3]);
        queue.returned(queue.epoch(), &deliveries[..1], deliveries[1..3].to_vec(), start);
        let pause = waits(&mut queue, start).unwrap_or_default();
        assert!(pause <= Duration::from_millis(50));
        assert_eq!(sends(&mut queue, start + pause), [2, 3, 4]);
        assert!(matches!(queue.next(start + pause), Next::Wait(_)), "one request at a time while it complains");
    }

    #[test]
    fn a_refused_request_is_halved_until_the_record_to_blame_is_alone() {
        let (mut queue, start) = (queue(), Instant::now());
        let deliveries = offer(&mut queue, 1..=3, start);
        assert_eq!(sends(&mut queue, start), [1, 2, 3]);
        queue.split(queue.epoch(), deliveries.clone());
        assert_eq!(sends(&mut queue, start), [1]);
        assert_eq!(sends(&mut queue, start), [2, 3]);
        queue.split(queue.epoch(), deliveries[1..].to_vec());
        queue.returned(queue.epoch(), &deliveries[..1], Vec::new(), start);
        assert_eq!(sends(&mut queue, start), [2]);
        assert_eq!(sends(&mut queue, start), [3]);
    }

    #[test]
    fn a_destination_that_stores_nothing_for_too_long_is_stuck_and_one_that_is_idle_is_not() {
        let (mut queue, start) = (queue(), Instant::now());
        assert!(!queue.is_stuck(start + PATIENCE * 9));
        let deliveries = offer(&mut queue, 1..=6, start + PATIENCE * 9);
        assert!(!queue.is_stuck(start + PATIENCE * 9));
        assert_eq!(sends(&mut queue, start + PATIENCE * 9), [1, 2, 3]);
        queue.returned(queue.epoch(), &deliveries[..3], Vec::new(), start + PATIENCE * 10 - LINGER);
        assert!(!queue.is_stuck(start + PATIENCE * 10));
        assert!(queue.is_stuck(start + PATIENCE * 11));
    }

    #[test]
    fn a_broken_destination_gets_nothing_until_its_requests_have_ended_and_then_one_record() {
        let (mut queue, start) = (queue(), Instant::now());
        let before = queue.epoch();
        let deliveries = offer(&mut queue, 1..=6, start);
        assert_eq!(sends(&mut queue, start), [1, 2, 3]);
        queue.broke(start);
        let later = start + Duration::from_secs(5);
        assert_eq!(queue.session(later), None);
        assert!(!queue.returned(before, &deliveries[..1], deliveries[1..3].to_vec(), later));
        let epoch = queue.session(later).unwrap();
        assert!(before < epoch && !queue.offer(before, deliveries[0].clone()));
        assert!(queue.has_room() && !queue.is_well(epoch));
        let again = offer(&mut queue, 1..=1, later);
        assert!(!queue.has_room());
        assert_eq!(sends(&mut queue, later + LINGER), [1]);
        assert!(queue.returned(epoch, &again, Vec::new(), later));
        assert!(queue.is_well(epoch) && queue.has_room());
    }

    proptest! {
        #[test]
        fn every_delivery_is_finished_once_and_no_batch_is_too_large(answers in prop::collection::vec(0..4usize, 1..60)) {
            let (mut queue, mut now) = (queue(), Instant::now());
            offer(&mut queue, 1..=30, now);
            let mut finished = Vec::new();
            for answer in answers.into_iter().chain(std::iter::repeat_n(3, 60)) {
                now += Duration::from_secs(2);
                let Next::Send(mut batch) = queue.next(now) else { continue };
                prop_assert!(batch.len() <= 3);
                let again = batch.split_off(answer.min(batch.len()));
                queue.returned(queue.epoch(), &batch, again, now);
                finished.extend(numbers(&batch));
            }
            finished.sort_unstable();
            prop_assert_eq!(finished, (1..=30).collect::<Vec<_>>());
            prop_assert_eq!((queue.records, queue.bytes, queue.waiting_bytes, queue.requests), (0, 0, 0, 0));
        }
    }

    const LINGER: Duration = Duration::from_millis(5);
    const PATIENCE: Duration = Duration::from_secs(2);

    fn queue() -> Queue {
        Queue::new(Bounds { batch_records: 3, linger: LINGER, patience: PATIENCE, ..Bounds::default() }, Instant::now())
    }

    fn offer(queue: &mut Queue, ids: impl Iterator<Item = u32>, offered_at: Instant) -> Vec<Delivery> {
        let (home, _) = mpsc::unbounded_channel();
        let deliveries = ids.map(|id| {
            let event = Arc::new(event(&id.to_string(), "user-1"));
            Delivery { event, home: home.clone(), offered_at }
        });
        let deliveries: Vec<_> = deliveries.collect();
        for delivery in &deliveries {
            assert!(queue.offer(queue.epoch(), delivery.clone()));
        }
        deliveries
    }

    fn sends(queue: &mut Queue, now: Instant) -> Vec<u32> {
        match queue.next(now) {
            Next::Send(batch) => numbers(&batch),
            Next::Wait(until) => panic!("waits for {:?}", until.map(|until| until - now)),
        }
    }

    fn waits(queue: &mut Queue, now: Instant) -> Option<Duration> {
        match queue.next(now) {
            Next::Send(batch) => panic!("sends {:?}", numbers(&batch)),
            Next::Wait(until) => until.map(|until| until - now),
        }
    }

    fn numbers(batch: &[Delivery]) -> Vec<u32> {
        batch.iter().map(|delivery| delivery.event.record.as_str().parse().unwrap()).collect()
    }
}
