//! Serving the destinations that lag: those that broke, and those that are slower than the shard. One reader goes through
//! the shard for all of them, each from where it is.

use std::sync::Arc;

use fanner_model::StreamId;
use tracing::info;

use super::Pipeline;
use crate::Position;
use crate::checkpoint::Destination;
use crate::event::Event;
use crate::feed::{Find, Parcel};
use crate::lane::Session;
use crate::router::{Router, Verdict};

impl Pipeline {
    /// Leaves a stream that has had no room for too long to the catch-up reader.
    pub(super) fn fell_behind(&mut self, router: &Router, stream: StreamId) {
        let name = router.outlet(stream).map(|outlet| outlet.name.as_str());
        info!(stream = name, shard = %self.shard, "stream is slower than the shard; it catches up at its own pace");
        self.tracker.fell_behind(Destination::Stream(stream));
    }

    /// Asks for what lagging destinations miss, on behalf of those that can take something; gives those that miss nothing
    /// more back to the hot reader.
    pub(super) fn ask_for_missed(&mut self) {
        if self.catch_up.is_asked() {
            return;
        }
        let router = self.router();
        for destination in self.lagging() {
            if self.takes(&router, destination, Session::is_well) {
                self.hand_over(&router, destination);
            }
        }
        let lagging = self.tracker.lagging().filter_map(|(destination, from)| Some((destination, from?.clone())));
        let lagging: Vec<_> = lagging.collect();
        let able =
            lagging.into_iter().filter(|(destination, _)| self.takes(&router, *destination, Session::has_much_room));
        if let Some(from) = able.map(|(_, from)| from).min() {
            self.catch_up.ask(from);
        }
    }

    /// Serves the lagging destinations with what the catch-up reader has brought, each from where it is and as long as it
    /// has room.
    pub(super) fn catch_up(&mut self, parcel: Parcel) {
        let router = self.router();
        let from_here = |(destination, from): (Destination, Option<&Position>)| {
            from.is_some_and(|from| parcel.from <= *from).then_some(destination)
        };
        let mut serving: Vec<_> = self.tracker.lagging().filter_map(from_here).collect();
        serving.retain(|destination| self.takes(&router, *destination, |_| true));
        for find in &parcel.finds {
            match find {
                Find::Event(event) => serving.retain(|destination| self.serve(&router, *destination, event)),
                Find::Undecodable(found) if serving.contains(&Destination::Aside) => self.set_aside_again(found),
                Find::Undecodable(_) => (),
            }
        }
        for destination in serving {
            self.tracker.pass(destination, &parcel.to, parcel.finds.last().map(Find::arrived_at));
        }
    }

    /// Hands `event` to a lagging destination that misses it. False: it has no room or must wait, and is
    /// passed over from here on.
    fn serve(&mut self, router: &Router, destination: Destination, event: &Arc<Event>) -> bool {
        let Destination::Stream(stream) = destination else { return true };
        let verdict = router.verdict(stream, &event.name, self.context.clock.now());
        if verdict == Verdict::Refuse || !self.tracker.misses(destination, &event.record) {
            return true;
        }
        if let Verdict::Hold(classification) = verdict {
            self.tracker.pass(destination, &Position::Before(event.record.clone()), None);
            self.hold(router, stream, classification);
            return false;
        }
        let session = &self.sessions[&stream];
        if !(session.has_room() && session.offer(event, &self.home)) {
            self.tracker.pass(destination, &Position::Before(event.record.clone()), None);
            return false;
        }
        self.tracker.hand_again(destination, &event.record, event.arrived_at);
        true
    }

    /// Whether `destination` takes anything; a stream must be `able` as well.
    fn takes(&mut self, router: &Router, destination: Destination, able: impl Fn(&Session) -> bool) -> bool {
        match destination {
            Destination::Stream(stream) if self.held.contains(&stream) => false,
            Destination::Stream(stream) => self.session(router, stream).is_some_and(able),
            Destination::Aside => self.tray.is_ready(),
        }
    }

    fn hand_over(&mut self, router: &Router, destination: Destination) {
        self.tracker.hand_over(destination);
        if self.lagging().contains(&destination) {
            return;
        }
        match destination {
            Destination::Stream(stream) => {
                let name = router.outlet(stream).map(|outlet| outlet.name.as_str());
                info!(stream = name, shard = %self.shard, "stream has caught up");
            }
            Destination::Aside => info!(shard = %self.shard, "everything that is not an event is kept aside"),
        }
    }

    fn lagging(&self) -> Vec<Destination> {
        self.tracker.lagging().map(|(destination, _)| destination).collect()
    }
}
