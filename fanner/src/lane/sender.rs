//! The task of one lane: takes batches from the queue, puts them into the consumer's stream, and sorts the answers.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use fanner_model::{Classification, StreamName};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use super::entry::entry;
use super::queue::Next;
use super::{Context, Delivery, Done, Epoch, Lane};
use crate::aside::{Kept, NoRoom};
use crate::kinesis::{Fault, is_throttle};
use crate::mask::Unmaskable;
use crate::router::Verdict;

/// One lane at work.
pub(super) struct Sender {
    lane: Arc<Lane>,
    context: Context,
    under_way: FuturesUnordered<BoxFuture<'static, Returned>>,
    room: watch::Sender<()>,
    breaks: watch::Sender<()>,
    /// When the log last said that records are sent again.
    complained_at: Option<Instant>,
}

/// A destination that keeps failing is worth a line in the log this often.
const COMPLAIN_EVERY: Duration = Duration::from_secs(5);

/// A request that has ended.
struct Returned {
    epoch: Epoch,
    batch: Vec<Delivery>,
    answer: Result<Vec<Answer>, Fault>,
}

/// A batch, sorted by what the rules say about it.
#[derive(Default)]
struct Sorted {
    /// What may be sent, and for each of it the record that the consumer gets.
    batch: Vec<Delivery>,
    entries: Vec<PutRecordsRequestEntry>,
    /// What is no longer permitted.
    revoked: Vec<Delivery>,
    /// What is permitted without fields that could not be taken out.
    withheld: Vec<(Delivery, Unmaskable)>,
    /// Set if something must wait until the rules are confirmed: nothing of the batch is sent then.
    held: Option<Classification>,
}

/// What became of one record of a request.
enum Answer {
    Stored,
    Throttled(String),
    Failed(String),
}

impl Sender {
    pub(super) fn new(lane: Arc<Lane>, context: Context, room: watch::Sender<()>, breaks: watch::Sender<()>) -> Self {
        Self { lane, context, under_way: FuturesUnordered::new(), room, breaks, complained_at: None }
    }

    /// Sends until the lane is closed. What is under way then is abandoned.
    pub(super) async fn run(mut self) {
        let lane = self.lane.clone();
        loop {
            let until = self.send_what_is_ripe().await;
            tokio::select! {
                () = lane.closed.cancelled() => break,
                () = lane.wake.notified() => (),
                Some(returned) = self.under_way.next() => self.settle(returned).await,
                () = sleep_until(until) => (),
            }
        }
        lane.metrics.in_flight_records.set(0.0);
        lane.metrics.broken.set(0.0);
    }

    /// Starts requests for all that can leave now; says until when nothing else can.
    async fn send_what_is_ripe(&mut self) -> Option<Instant> {
        loop {
            let now = Instant::now();
            if self.lane.queue.lock().is_stuck(now) {
                self.broke("nothing was stored for too long");
            }
            let (next, epoch) = {
                let mut queue = self.lane.queue.lock();
                self.lane.metrics.in_flight_records.set(queue.records() as f64);
                (queue.next(now), queue.epoch())
            };
            match next {
                Next::Wait(until) => return until,
                Next::Send(batch) => self.send(epoch, batch).await,
            }
        }
    }

    async fn send(&mut self, epoch: Epoch, batch: Vec<Delivery>) {
        let ticket = self.context.under_way.begin();
        let Sorted { batch, entries, revoked, withheld, held } = self.sorted(batch);
        self.give_up(&revoked);
        self.lane.metrics.events_revoked.increment(revoked.len() as u64);
        if let Some(classification) = held {
            return self
                .away(epoch, &format!("the rules were not confirmed for longer than `{classification}` events allow"));
        }
        if let Err(NoRoom { reason, .. }) = self.withhold(withheld).await {
            return self.away(epoch, &format!("a record cannot be masked and cannot be kept aside: {reason}"));
        }
        let (client, stream) = (self.context.client.clone(), self.lane.stream.clone());
        self.under_way.push(Box::pin(async move {
            let answer = put(&client, &stream, entries).await;
            drop(ticket);
            Returned { epoch, batch, answer }
        }));
    }

    /// What the rules say about each delivery of a batch at this moment.
    fn sorted(&self, batch: Vec<Delivery>) -> Sorted {
        let router = self.context.rules.borrow().clone().unwrap_or_default();
        let (mut sorted, now) = (Sorted::default(), self.context.clock.now());
        for delivery in batch {
            let verdict = router.verdict(self.lane.id, &delivery.event.name, now);
            let (permit, outlet) = match (verdict, router.outlet(self.lane.id)) {
                (Verdict::Deliver(permit), Some(outlet)) => (permit, outlet),
                (Verdict::Hold(classification), _) => {
                    sorted.held = Some(classification);
                    continue;
                }
                (Verdict::Refuse, _) | (_, None) => {
                    sorted.revoked.push(delivery);
                    continue;
                }
            };
            match entry(&delivery.event, outlet, &permit.mask) {
                Ok(entry) => {
                    sorted.entries.push(entry);
                    sorted.batch.push(delivery);
                }
                Err(error) => sorted.withheld.push((delivery, error)),
            }
        }
        sorted
    }

    /// Keeps aside what cannot be masked; thereby it is done.
    async fn withhold(&mut self, withheld: Vec<(Delivery, Unmaskable)>) -> Result<(), NoRoom> {
        let Some((Delivery { event, .. }, error)) = withheld.first() else { return Ok(()) };
        let (stream, now) = (&self.lane.stream, self.context.clock.now());
        warn!(%stream, event = %event.name, records = withheld.len(), %error, "records could not be masked and are kept aside");
        let kept =
            withheld.iter().map(|(delivery, error)| Kept::refused(stream, &delivery.event, &error.to_string(), now));
        self.context.aside.keep(kept.collect()).await?;
        self.lane.metrics.withheld.increment(withheld.len() as u64);
        let (deliveries, _): (Vec<_>, Vec<_>) = withheld.into_iter().unzip();
        self.give_up(&deliveries);
        Ok(())
    }

    /// Takes deliveries off the queue that are never sent.
    fn give_up(&self, deliveries: &[Delivery]) {
        self.lane.queue.lock().give_up(deliveries, Instant::now());
        self.done(deliveries);
    }

    async fn settle(&mut self, returned: Returned) {
        let Returned { epoch, batch, answer } = returned;
        match answer {
            Ok(answers) => self.sort(epoch, batch, answers),
            Err(Fault::Invalid(_)) if 1 < batch.len() => self.lane.queue.lock().split(epoch, batch),
            Err(Fault::Invalid(reason)) => self.refused(epoch, batch, reason).await,
            Err(Fault::Throttled(reason)) => {
                self.lane.metrics.throttles.increment(batch.len() as u64);
                self.retry(epoch, &[], batch, &reason);
            }
            Err(Fault::Passing(reason) | Fault::Expired(reason)) => self.retry(epoch, &[], batch, &reason),
            Err(Fault::Away(reason)) => self.away(epoch, &reason),
        }
        self.room.send_replace(());
    }

    /// Takes a request's answers one by one: only what failed is sent again.
    fn sort(&mut self, epoch: Epoch, batch: Vec<Delivery>, answers: Vec<Answer>) {
        let (mut stored, mut again, mut why) = (Vec::new(), Vec::new(), None);
        for (delivery, answer) in batch.into_iter().zip(answers) {
            match answer {
                Answer::Stored => stored.push(delivery),
                Answer::Throttled(reason) => {
                    self.lane.metrics.throttles.increment(1);
                    (why, _) = (Some(reason), again.push(delivery));
                }
                Answer::Failed(reason) => (why, _) = (Some(reason), again.push(delivery)),
            }
        }
        let bytes: usize = stored.iter().map(|delivery| delivery.event.payload.len()).sum();
        self.lane.metrics.events_delivered.increment(stored.len() as u64);
        self.lane.metrics.bytes_delivered.increment(bytes as u64);
        let names = stored.iter().map(|delivery| &delivery.event.name);
        self.context.deliveries.note(self.lane.id, names, self.context.clock.now());
        self.done(&stored);
        self.retry(epoch, &stored, again, why.as_deref().unwrap_or_default());
    }

    /// Notes what a request achieved, and has the rest sent again.
    fn retry(&mut self, epoch: Epoch, stored: &[Delivery], again: Vec<Delivery>, reason: &str) {
        let records = again.len();
        let (works_again, attempt) = {
            let mut queue = self.lane.queue.lock();
            (queue.returned(epoch, stored, again, Instant::now()), queue.attempt())
        };
        if works_again {
            self.lane.metrics.broken.set(0.0);
            info!(stream = %self.lane.stream, "stream takes records again");
        }
        if 0 < records {
            self.lane.metrics.retries.increment(records as u64);
            self.complain(records, attempt, reason);
        }
    }

    fn complain(&mut self, records: usize, attempt: u32, reason: &str) {
        if self.complained_at.is_none_or(|at| COMPLAIN_EVERY <= at.elapsed()) {
            self.complained_at = Some(Instant::now());
            warn!(stream = %self.lane.stream, records, attempt, reason, "stream did not take records; retrying");
        }
    }

    /// A single record that Kinesis can never accept: it is kept aside, and thereby done. Without room for it, the stream
    /// cannot go on: it breaks, and the record waits in the Global Event Stream.
    async fn refused(&mut self, epoch: Epoch, batch: Vec<Delivery>, reason: String) {
        let now = self.context.clock.now();
        let kept = batch.iter().map(|delivery| Kept::refused(&self.lane.stream, &delivery.event, &reason, now));
        if let Err(NoRoom { reason, .. }) = self.context.aside.keep(kept.collect()).await {
            return self.away(epoch, &format!("a record was refused and cannot be kept aside: {reason}"));
        }
        for delivery in &batch {
            let event = &delivery.event;
            warn!(
                stream = %self.lane.stream, shard = %event.shard, record = %event.record, reason,
                "record was refused and kept aside"
            );
        }
        self.lane.metrics.refused.increment(batch.len() as u64);
        self.done(&batch);
        self.retry(epoch, &batch, Vec::new(), "");
    }

    /// The stream is not there or not ours to use: no use in trying again at once.
    fn away(&self, epoch: Epoch, reason: &str) {
        let is_news = {
            let mut queue = self.lane.queue.lock();
            queue.returned(epoch, &[], Vec::new(), Instant::now());
            queue.is_current(epoch)
        };
        if is_news {
            self.broke(reason);
        }
    }

    fn broke(&self, reason: &str) {
        let records = {
            let mut queue = self.lane.queue.lock();
            let records = queue.records();
            queue.broke(Instant::now());
            records
        };
        self.lane.metrics.broken.set(1.0);
        warn!(
            stream = %self.lane.stream, records, reason,
            "stream takes no records; they wait in the Global Event Stream"
        );
        self.breaks.send_replace(());
    }

    fn done(&self, deliveries: &[Delivery]) {
        for Delivery { event, home, .. } in deliveries {
            // Fails only if the pipeline has ended, and then its checkpoint is as it was.
            let _ = home.send(Done { stream: self.lane.id, record: event.record.clone() });
        }
    }
}

/// Puts `entries` into `stream`; one answer for each of them.
async fn put(client: &Client, stream: &StreamName, entries: Vec<PutRecordsRequestEntry>) -> Result<Vec<Answer>, Fault> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let count = entries.len();
    let request = client.put_records().stream_name(stream.as_str()).set_records(Some(entries));
    let answer = request.send().await.map_err(|error| Fault::of(&error))?;
    if answer.records.len() != count {
        return Err(Fault::Passing(format!("{count} records were sent and {} answered", answer.records.len())));
    }
    let answers = answer.records.into_iter().map(|record| match record.error_code {
        None => Answer::Stored,
        Some(code) => {
            let text = format!("{code}: {}", record.error_message.unwrap_or_default());
            if is_throttle(&code) { Answer::Throttled(text) } else { Answer::Failed(text) }
        }
    });
    Ok(answers.collect())
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
