//! One lane per destination: a bounded queue in front of a consumer's stream, batches, retries, and what happens when the
//! stream takes nothing any more. Lanes never wait for each other.
//!
//! A pipeline offers deliveries through a [`Session`]. When the stream breaks, the lane drops what it holds and its sessions
//! end; the events wait where they came from, in the Global Event Stream, until a new session can be had.

mod breaker;
mod entry;
mod queue;
mod sender;
mod under_way;

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_kinesis::Client;
use fanner_model::{StreamId, StreamName};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::SequenceNumber;
use crate::aside::Aside;
use crate::clock::Clock;
use crate::deliveries::Deliveries;
use crate::event::Event;
use crate::rules::Rules;
use crate::telemetry::{StreamMetrics, Telemetry};

pub(crate) use breaker::Epoch;
pub use queue::Bounds;
pub(crate) use queue::Queue;
pub(crate) use under_way::UnderWay;

/// An event for one destination.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub event: Arc<Event>,
    /// Where to say that it is done.
    pub home: mpsc::UnboundedSender<Done>,
    pub offered_at: Instant,
}

/// A delivery is stored, was kept aside, or is no longer allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub stream: StreamId,
    pub record: SequenceNumber,
}

/// All lanes of one fanner. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Lanes {
    lanes: Arc<Mutex<HashMap<StreamId, Arc<Lane>>>>,
    tasks: TaskTracker,
    context: Context,
    /// Some lane has room again.
    room: watch::Sender<()>,
    /// Some lane's sessions have ended.
    breaks: watch::Sender<()>,
}

/// What every lane needs.
#[derive(Clone)]
pub(crate) struct Context {
    pub client: Client,
    pub deliveries: Deliveries,
    pub rules: Rules,
    pub aside: Aside,
    pub telemetry: Telemetry,
    pub clock: Clock,
    pub bounds: Bounds,
    pub under_way: UnderWay,
}

/// What a lane's task and its sessions share.
struct Lane {
    id: StreamId,
    stream: StreamName,
    queue: Mutex<Queue>,
    /// There may be something to send.
    wake: Notify,
    closed: CancellationToken,
    metrics: StreamMetrics,
}

impl Lanes {
    /// No lanes yet; they open when they are first asked for.
    pub(crate) fn new(context: Context) -> Self {
        let (room, breaks) = (watch::Sender::new(()), watch::Sender::new(()));
        Self { lanes: Arc::default(), tasks: TaskTracker::new(), context, room, breaks }
    }

    /// A session with the lane of `id`; `None` while its stream takes nothing.
    pub(crate) fn session(&self, id: StreamId, stream: &StreamName) -> Option<Session> {
        let lane = self.lanes.lock().entry(id).or_insert_with(|| self.open(id, stream)).clone();
        let epoch = lane.queue.lock().session(Instant::now())?;
        Some(Session { lane, epoch })
    }

    /// Closes the lanes of streams that the rules no longer name, and drops what is in them.
    pub(crate) fn retain(&self, is_named: impl Fn(StreamId) -> bool) {
        let mut lanes = self.lanes.lock();
        let closed: Vec<_> = lanes.extract_if(|id, _| !is_named(*id)).collect();
        drop(lanes);
        closed.iter().for_each(|(_, lane)| lane.closed.cancel());
        if !closed.is_empty() {
            self.breaks.send_replace(());
        }
    }

    /// Closes all lanes and waits until the last request has ended.
    pub(crate) async fn close(&self) {
        self.retain(|_| false);
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Changes whenever some lane has room again.
    pub(crate) fn room(&self) -> watch::Receiver<()> {
        self.room.subscribe()
    }

    /// Changes whenever some lane's sessions have ended.
    pub(crate) fn breaks(&self) -> watch::Receiver<()> {
        self.breaks.subscribe()
    }

    fn open(&self, id: StreamId, stream: &StreamName) -> Arc<Lane> {
        let lane = Arc::new(Lane {
            id,
            stream: stream.clone(),
            queue: Mutex::new(Queue::new(self.context.bounds.clone(), Instant::now())),
            wake: Notify::new(),
            closed: CancellationToken::new(),
            metrics: self.context.telemetry.stream(stream),
        });
        let sender = sender::Sender::new(lane.clone(), self.context.clone(), self.room.clone(), self.breaks.clone());
        self.tasks.spawn(sender.run());
        lane
    }
}

/// The right to offer deliveries to a lane, until its stream breaks.
#[derive(Clone)]
pub(crate) struct Session {
    lane: Arc<Lane>,
    epoch: Epoch,
}

impl Session {
    /// Whether the stream has taken everything so far. A session with a stream that is only being tried is alive but not well.
    pub(crate) fn is_well(&self) -> bool {
        self.lane.queue.lock().is_well(self.epoch)
    }

    /// Whether deliveries can still be offered.
    pub(crate) fn is_alive(&self) -> bool {
        !self.lane.closed.is_cancelled() && self.lane.queue.lock().is_current(self.epoch)
    }

    /// Whether the lane should be given more now.
    pub(crate) fn has_room(&self) -> bool {
        self.lane.queue.lock().has_room()
    }

    /// Whether the lane has so much room that reading for it alone is worth while.
    pub(crate) fn has_much_room(&self) -> bool {
        self.lane.queue.lock().has_much_room()
    }

    /// Hands `event` over; whether the lane took it. It always does while the session is alive.
    pub(crate) fn offer(&self, event: &Arc<Event>, home: &mpsc::UnboundedSender<Done>) -> bool {
        let (event, home, offered_at) = (event.clone(), home.clone(), Instant::now());
        let is_taken = self.lane.queue.lock().offer(self.epoch, Delivery { event, home, offered_at });
        if is_taken {
            self.lane.wake.notify_one();
        }
        is_taken
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use fanner_event::v1::{Envelope, PayloadEncoding};
    use jiff::Timestamp;
    use prost::Message;

    use super::*;
    use crate::source::{Record, ShardId};

    /// A `card_swiped` of `user_id`, read at the place in its shard that its id says.
    pub(crate) fn event(id: &str, user_id: &str) -> Event {
        let envelope = Envelope {
            event_name: "card_swiped".into(),
            event_id: id.into(),
            user_id: user_id.into(),
            payload_encoding: PayloadEncoding::Json.into(),
            payload: b"{\"amount\":12}".as_slice().into(),
            ..Envelope::default()
        };
        let record = Record {
            sequence_number: id.parse().unwrap(),
            arrived_at: Timestamp::UNIX_EPOCH,
            partition_key: id.into(),
            data: envelope.encode_to_vec().into(),
        };
        Event::open(&ShardId::from("shardId-0"), &record, None).unwrap()
    }
}
