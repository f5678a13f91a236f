//! What a stream receives, and what it would take to receive more.

use std::collections::BTreeSet;

use fanner_model::{AccessStatus, Approval, EventName, EventType, Near, Purpose, Reader, StreamAccess};

use super::{Asking, Moment};
use crate::store::StreamRecord;

impl Moment {
    /// What a stream can read, among all event types there are.
    pub(crate) fn stream_access(&self, record: &StreamRecord) -> StreamAccess {
        let stream = &record.stream;
        let asking = self.asking(|asking| *asking.stream == stream.name);
        let asked = self.told(asking.iter().flat_map(|asking| asking.events.iter().map(|event| (*asking, event))));
        let own = Asking::own(stream, &record.asked_by);
        let Unasked { open, mut near } = self.unasked(&own, &asking);
        near.extend(asked.iter().filter_map(|reader| self.missing(reader)));
        let (receives, waits) = asked.into_iter().partition(|reader| reader.access.is_active());
        StreamAccess {
            stream: stream.name.clone(),
            receives,
            waits,
            open,
            one_approval_away: near.into_iter().collect(),
        }
    }

    /// What the event types would come to that none of these subscriptions asks for, for each purpose that they have.
    fn unasked(&self, own: &Asking<'_>, asking: &[Asking<'_>]) -> Unasked {
        let asked: BTreeSet<_> = asking.iter().flat_map(|asking| asking.events).collect();
        let purposes: BTreeSet<_> = asking.iter().map(|asking| asking.purpose).collect();
        let mut judge = self.world.judge();
        let mut unasked = Unasked::default();
        // Nobody new gets an event type that is retired.
        let others = self.world.event_types().filter(|other| !other.spec.retired && !asked.contains(&other.name));
        for (declared, purpose) in others.flat_map(|other| purposes.iter().map(move |purpose| (other, *purpose))) {
            let decision = judge.decide(&self.world.question(&Asking { purpose, ..*own }, declared, self.at));
            match decision.status {
                AccessStatus::Active => drop(unasked.open.insert(declared.name.clone())),
                AccessStatus::Pending => unasked.near.extend(near(declared, purpose, &decision.needs)),
                AccessStatus::Denied => {}
            }
        }
        unasked
    }

    /// The approval that a subscription waits for, if it is a single one.
    fn missing(&self, reader: &Reader) -> Option<Near> {
        near(self.world.event_type(&reader.event)?, reader.purpose.as_ref(), &reader.access.needs)
    }
}

/// Events that a stream does not ask for.
#[derive(Default)]
struct Unasked {
    open: BTreeSet<EventName>,
    near: BTreeSet<Near>,
}

fn near(declared: &EventType, purpose: Option<&Purpose>, needs: &BTreeSet<Approval>) -> Option<Near> {
    let needs = *needs.first().filter(|_| needs.len() == 1)?;
    Some(Near { event: declared.name.clone(), purpose: purpose?.clone(), needs, owner: declared.team.clone() })
}
