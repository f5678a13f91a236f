//! One shard's life: read → route → deliver → checkpoint. It owns the shard's bookkeeping, and hears of every delivery that
//! is done; nothing else flows back.

mod catch_up;
mod legibility;
mod tray;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use fanner_model::{Classification, StreamId};
use metrics::Gauge;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::Position;
use crate::aside::Aside;
use crate::checkpoint::{Checkpoint, Destination, Store, Tracker};
use crate::clock::Clock;
use crate::event::Event;
use crate::feed::{Feed, Find, Parcel};
use crate::lane::{Done, Lanes, Session};
use crate::router::{Router, Verdict};
use crate::rules::Rules;
use crate::sightings::Sightings;
use crate::source::ShardId;
use crate::telemetry::{ShardMetrics, Telemetry};
use legibility::{Legibility, Remark};
use tray::Tray;

/// What every pipeline needs.
#[derive(Clone)]
pub(crate) struct Context {
    pub lanes: Lanes,
    pub rules: Rules,
    pub store: Store,
    pub aside: Aside,
    pub sightings: Sightings,
    pub telemetry: Telemetry,
    pub clock: Clock,
    /// How long the hot reader waits for a destination that has no room.
    pub patience: Duration,
    /// How long a stopping pipeline waits for what is under way.
    pub drain: Duration,
}

/// One shard's pipeline.
pub(crate) struct Pipeline {
    shard: ShardId,
    context: Context,
    tracker: Tracker,
    hot: Feed,
    catch_up: Feed,
    /// What the hot reader has brought and is not handed over yet.
    pending: Option<Pending>,
    /// What is to be kept aside.
    tray: Tray,
    legibility: Legibility,
    sessions: HashMap<StreamId, Session>,
    /// Streams whose next event waits until the rules are confirmed again.
    held: HashSet<StreamId>,
    home: mpsc::UnboundedSender<Done>,
    done: mpsc::UnboundedReceiver<Done>,
    room: watch::Receiver<()>,
    breaks: watch::Receiver<()>,
    metrics: ShardMetrics,
    lags: HashMap<Destination, Gauge>,
}

struct Pending {
    finds: VecDeque<Find>,
    to: Position,
    /// Since when a destination without room has been holding it up.
    blocked_since: Option<Instant>,
}

/// How often a pipeline tells where it is, and looks at destinations that lag.
const TICK: Duration = Duration::from_millis(100);

impl Pipeline {
    /// Goes on with `shard` at `checkpoint`. `hot` and `catch_up` read the same shard.
    pub(crate) fn new(shard: ShardId, checkpoint: Checkpoint, hot: Feed, catch_up: Feed, context: Context) -> Self {
        let (home, done) = mpsc::unbounded_channel();
        let (room, breaks) = (context.lanes.room(), context.lanes.breaks());
        let metrics = context.telemetry.shard(&shard);
        let tray = Tray::new(shard.clone(), context.aside.clone(), context.clock.clone());
        Self {
            shard,
            context,
            tracker: Tracker::new(checkpoint),
            hot,
            catch_up,
            pending: None,
            tray,
            legibility: Legibility::default(),
            sessions: HashMap::new(),
            held: HashSet::new(),
            home,
            done,
            room,
            breaks,
            metrics,
            lags: HashMap::new(),
        }
    }

    /// Works until the shard is finished, or until `stop`.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        info!(shard = %self.shard, position = %self.tracker.read_to(), "shard is being read");
        let mut tick = tokio::time::interval(TICK);
        let mut rules = self.context.rules.clone();
        let mut heard = Vec::new();
        loop {
            self.advance();
            tokio::select! {
                () = stop.cancelled() => break,
                _ = self.done.recv_many(&mut heard, 10_000) => self.hear(&mut heard),
                parcel = self.hot.next(), if self.pending.is_none() && self.tray.is_clear() => self.take(parcel),
                parcel = self.catch_up.next() => self.catch_up(parcel),
                written = self.tray.written() => self.note_written(written),
                Ok(()) = self.room.changed(), if self.pending.is_some() => (),
                Ok(()) = self.breaks.changed() => self.notice_breaks(),
                Ok(()) = rules.changed() => self.follow_rules(),
                _ = tick.tick() => if self.report().is_finished() {
                    info!(shard = %self.shard, "shard is finished");
                    return;
                },
            }
        }
        self.drain(heard).await;
    }

    /// Does all that can be done without waiting.
    fn advance(&mut self) {
        self.deliver();
        if self.pending.is_none() && *self.tracker.read_to() != Position::End {
            self.hot.ask(self.tracker.read_to().clone());
        }
        self.ask_for_missed();
        self.tray.begin();
    }

    fn take(&mut self, parcel: Parcel) {
        let Parcel { finds, to, .. } = parcel;
        self.judge(&finds);
        if to != Position::End {
            self.hot.ask(to.clone());
        }
        self.pending = Some(Pending { finds: finds.into(), to, blocked_since: None });
    }

    /// Hands over what the hot reader has brought, until a destination has no room.
    fn deliver(&mut self) {
        let Some(mut pending) = self.pending.take() else { return };
        let router = self.router();
        while let Some(find) = pending.finds.front() {
            match find {
                Find::Undecodable(found) => self.set_aside(found),
                Find::Event(event) if self.forward(&router, event, &mut pending.blocked_since) => (),
                Find::Event(_) => {
                    self.pending = Some(pending);
                    return;
                }
            }
            self.tracker.read(Position::After(find.record().clone()), Some(find.arrived_at()));
            pending.finds.pop_front();
        }
        self.tracker.read(pending.to, None);
    }

    /// Hands `event` to the streams that the hot reader serves. False: one of them has no room, and is waited for.
    fn forward(&mut self, router: &Router, event: &Arc<Event>, blocked_since: &mut Option<Instant>) -> bool {
        let streams = self.hot_streams(router, event);
        let full: Vec<_> = streams.iter().filter(|stream| !self.sessions[stream].has_room()).copied().collect();
        if !full.is_empty() {
            let since = *blocked_since.get_or_insert_with(Instant::now);
            if since.elapsed() < self.context.patience {
                return false;
            }
            full.iter().for_each(|stream| self.fell_behind(router, *stream));
        }
        *blocked_since = None;
        self.hand(event, streams.into_iter().filter(|stream| !full.contains(stream)));
        true
    }

    /// The streams that the hot reader serves with `event`, each with a session. Those that cannot be served are left to the
    /// catch-up reader.
    fn hot_streams(&mut self, router: &Router, event: &Event) -> Vec<StreamId> {
        let permitted: Vec<_> = router.streams(&event.name, self.context.clock.now()).collect();
        if permitted.is_empty() {
            self.metrics.events_unrouted.increment(1);
            if !router.names(&event.name) {
                self.context.sightings.note(&event.name);
            }
        }
        let hot =
            permitted.into_iter().filter(|stream| self.tracker.is_hot_for(Destination::Stream(*stream), &event.record));
        let hot: Vec<_> = hot.collect();
        hot.into_iter()
            .filter(|stream| self.is_fresh(router, *stream, event) && self.is_well(router, *stream))
            .collect()
    }

    /// Whether the rules are fresh enough to hand `event` to `stream`. If not, the stream lags from here on.
    fn is_fresh(&mut self, router: &Router, stream: StreamId, event: &Event) -> bool {
        match router.verdict(stream, &event.name, self.context.clock.now()) {
            Verdict::Deliver(_) | Verdict::Refuse => true,
            Verdict::Hold(classification) => {
                self.tracker.fell_behind(Destination::Stream(stream));
                self.hold(router, stream, classification);
                false
            }
        }
    }

    /// Leaves `stream` alone until the rules are confirmed again.
    fn hold(&mut self, router: &Router, stream: StreamId, classification: Classification) {
        if self.held.insert(stream) {
            let name = router.outlet(stream).map(|outlet| outlet.name.as_str());
            info!(stream = name, shard = %self.shard, %classification, "stream waits until the rules are confirmed again");
        }
    }

    /// Whether the hot reader may hand something to `stream`. If not, the stream lags from here on.
    fn is_well(&mut self, router: &Router, stream: StreamId) -> bool {
        match self.session(router, stream).map(|session| (session.is_alive(), session.is_well())) {
            Some((true, true)) => return true,
            Some((true, false)) => self.tracker.fell_behind(Destination::Stream(stream)),
            Some((false, _)) | None => self.lose(stream),
        }
        false
    }

    fn hand(&mut self, event: &Arc<Event>, streams: impl Iterator<Item = StreamId>) {
        for stream in streams {
            match self.sessions[&stream].offer(event, &self.home) {
                true => self.tracker.hand(Destination::Stream(stream), &event.record, event.arrived_at),
                false => self.lose(stream),
            }
        }
    }

    /// The session with `stream`, opened if need be; `None` while the stream takes nothing or is not in the rules.
    fn session(&mut self, router: &Router, stream: StreamId) -> Option<&Session> {
        if !self.sessions.contains_key(&stream) {
            let outlet = router.outlet(stream)?;
            let session = self.context.lanes.session(stream, &outlet.name)?;
            self.sessions.insert(stream, session);
        }
        self.sessions.get(&stream)
    }

    fn lose(&mut self, stream: StreamId) {
        self.sessions.remove(&stream);
        self.tracker.broke(Destination::Stream(stream));
    }

    fn notice_breaks(&mut self) {
        let dead = self.sessions.iter().filter(|(_, session)| !session.is_alive()).map(|(stream, _)| *stream);
        for stream in dead.collect::<Vec<_>>() {
            self.lose(stream);
        }
    }

    /// There are new rules, or they are confirmed: drops what belongs to streams that they no longer name, and lets those
    /// that waited for it go on.
    fn follow_rules(&mut self) {
        let router = self.router();
        self.held.clear();
        self.tracker.retain(|destination| match destination {
            Destination::Stream(stream) => router.outlet(stream).is_some(),
            Destination::Aside => true,
        });
        self.sessions.retain(|stream, _| router.outlet(*stream).is_some());
    }

    fn hear(&mut self, heard: &mut Vec<Done>) {
        for Done { stream, record } in heard.drain(..) {
            self.tracker.done(Destination::Stream(stream), &record);
        }
    }

    /// Tells where the shard is: to the checkpoint store, and to the metrics.
    fn report(&mut self) -> Checkpoint {
        let checkpoint = self.tracker.checkpoint();
        self.context.store.put(&self.shard, checkpoint.clone());
        self.metrics.in_flight_records.set(self.tracker.in_flight() as f64);
        self.report_lag();
        checkpoint
    }

    /// Says for each destination how long what it misses has been waiting; zero once there is nothing.
    fn report_lag(&mut self) {
        let (now, router) = (self.context.clock.now(), self.router());
        self.lags.values().for_each(|gauge| gauge.set(0.0));
        let Context { telemetry, .. } = &self.context;
        for (destination, since) in self.tracker.waiting_since() {
            let gauge = match destination {
                Destination::Aside => telemetry.aside_lag_seconds(&self.shard),
                Destination::Stream(stream) => match router.outlet(stream) {
                    Some(outlet) => telemetry.lag_seconds(&outlet.name, &self.shard),
                    None => continue,
                },
            };
            gauge.set(now.duration_since(since).as_secs_f64().max(0.0));
            self.lags.insert(destination, gauge);
        }
    }

    /// Tells how much of what was read is an event: to the metrics, and now and then to the log.
    fn judge(&mut self, finds: &[Find]) {
        let mut undecodable = finds.iter().filter_map(Find::undecodable);
        let remark = self.legibility.note(finds.len(), undecodable.clone().count(), Instant::now());
        self.metrics.undecodable_share.set(self.legibility.share());
        let reason = undecodable.next_back().map(|found| found.reason.as_str());
        match remark {
            None => (),
            Some(Remark::Some(records)) => {
                warn!(shard = %self.shard, records, reason, "records are not events and are kept aside");
            }
            Some(Remark::NearlyAll) => {
                error!(shard = %self.shard, reason, "nearly no record is an event any more; all others are kept aside");
            }
            Some(Remark::Recovered) => info!(shard = %self.shard, "most records are events again"),
        }
    }

    /// Waits for what is under way, so that nothing of it is delivered again after a restart. What comes late is.
    async fn drain(&mut self, mut heard: Vec<Done>) {
        let deadline = Instant::now() + self.context.drain;
        while 0 < self.tracker.in_flight() {
            self.tray.begin();
            tokio::select! {
                _ = self.done.recv_many(&mut heard, 10_000) => self.hear(&mut heard),
                written = self.tray.written() => self.note_written(written),
                Ok(()) = self.breaks.changed() => self.notice_breaks(),
                () = tokio::time::sleep_until(deadline) => break,
            }
        }
        let in_flight = self.tracker.in_flight();
        debug!(shard = %self.shard, in_flight, "shard is no longer read");
        self.report();
    }

    fn router(&self) -> Arc<Router> {
        self.context.rules.borrow().clone().unwrap_or_default()
    }
}
