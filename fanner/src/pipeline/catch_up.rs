//! Serving the streams that lag: those that broke, and those that are slower than the shard. One reader goes through the
//! shard for all of them, each from where it is.

use fanner_model::StreamId;
use tracing::info;

use super::Pipeline;
use crate::Position;
use crate::feed::Parcel;
use crate::lane::Session;
use crate::router::Router;

impl Pipeline {
    /// Leaves a stream that has had no room for too long to the catch-up reader.
    pub(super) fn fell_behind(&mut self, router: &Router, stream: StreamId) {
        let name = router.outlet(stream).map(|outlet| outlet.name.as_str());
        info!(stream = name, shard = %self.shard, "stream is slower than the shard; it catches up at its own pace");
        self.tracker.fell_behind(stream);
    }

    /// Asks for what lagging streams miss, on behalf of those that can take something; gives those that miss nothing
    /// more back to the hot reader.
    pub(super) fn ask_for_missed(&mut self) {
        if self.catch_up.is_asked() {
            return;
        }
        let router = self.router();
        for stream in self.lagging() {
            if self.session(&router, stream).is_some_and(Session::is_well) {
                self.hand_over(&router, stream);
            }
        }
        let lagging: Vec<_> =
            self.tracker.lagging().filter_map(|(stream, from)| Some((stream, from?.clone()))).collect();
        let able = lagging
            .into_iter()
            .filter(|(stream, _)| self.session(&router, *stream).is_some_and(|session| session.has_much_room()));
        if let Some(from) = able.map(|(_, from)| from).min() {
            self.catch_up.ask(from);
        }
    }

    /// Serves the lagging streams with what the catch-up reader has brought, each from where it is and as long as it has
    /// room.
    pub(super) fn catch_up(&mut self, parcel: Parcel) {
        let router = self.router();
        let from_here = |(stream, from): (StreamId, Option<&Position>)| {
            from.is_some_and(|from| parcel.from <= *from).then_some(stream)
        };
        let mut serving: Vec<_> = self.tracker.lagging().filter_map(from_here).collect();
        serving.retain(|stream| self.session(&router, *stream).is_some());
        for event in &parcel.events {
            let now = self.context.clock.now();
            serving.retain(|stream| {
                let is_missing =
                    router.permits(*stream, &event.name, now) && self.tracker.misses(*stream, &event.record);
                let session = &self.sessions[stream];
                if is_missing && !(session.has_room() && session.offer(event, &self.home)) {
                    self.tracker.pass(*stream, &Position::Before(event.record.clone()), None);
                    return false;
                }
                if is_missing {
                    self.tracker.hand_again(*stream, &event.record, event.arrived_at);
                }
                true
            });
        }
        for stream in serving {
            self.tracker.pass(stream, &parcel.to, parcel.events.last().map(|event| event.arrived_at));
        }
    }

    fn hand_over(&mut self, router: &Router, stream: StreamId) {
        self.tracker.hand_over(stream);
        if !self.lagging().contains(&stream) {
            let name = router.outlet(stream).map(|outlet| outlet.name.as_str());
            info!(stream = name, shard = %self.shard, "stream has caught up");
        }
    }

    fn lagging(&self) -> Vec<StreamId> {
        self.tracker.lagging().map(|(stream, _)| stream).collect()
    }
}
