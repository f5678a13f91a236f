//! Somebody asks for events: what each comes to, in words, and what is wrong with asking.

use std::collections::{BTreeMap, BTreeSet};

use fanner_access::{Decision, Permit};
use fanner_model::{
    Access, AccessRequest, AccessStatus, CallerId, Code, EventName, EventType, FieldPath, Grant, Phase, Problem,
    Purpose, RequestStatus, Revoked, Stream, StreamName, StreamSpec, SubscriptionId, SubscriptionSpec, TeamName,
};
use jiff::Timestamp;

use super::World;
use crate::store::{Interests, StreamRecord};

/// With more undeclared events than this, none of them is told which one may be meant: comparing names costs time, which
/// nobody should be able to take from others by asking for many.
const MOST_HINTS: usize = 10;

/// One subscription of a stream, its own or a further one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    /// The further subscription that asks; `None`: the stream's own.
    pub subscription: Option<SubscriptionId>,
    pub stream: &'a StreamName,
    pub team: &'a TeamName,
    pub spec: &'a StreamSpec,
    pub events: &'a BTreeSet<EventName>,
    pub purpose: Option<&'a Purpose>,
    pub mask: &'a BTreeSet<FieldPath>,
    pub until: Option<Timestamp>,
    /// Who asks.
    pub by: &'a CallerId,
}

/// A stream's own subscription masks nothing.
static NOTHING: BTreeSet<FieldPath> = BTreeSet::new();

impl<'a> Asking<'a> {
    /// What a stream asks for by itself.
    pub(crate) fn own(stream: &'a Stream, by: &'a CallerId) -> Self {
        Self::at(&stream.name, &stream.team, &stream.spec, by)
    }

    /// The same for a stream that may not be there yet.
    pub(crate) fn at(stream: &'a StreamName, team: &'a TeamName, spec: &'a StreamSpec, by: &'a CallerId) -> Self {
        let (events, purpose) = (&spec.events, spec.purpose.as_ref());
        Self { subscription: None, stream, team, spec, events, purpose, mask: &NOTHING, until: None, by }
    }

    /// What a further subscription of the same stream asks for.
    pub(crate) fn further(self, subscription: &'a SubscriptionSpec) -> Self {
        let SubscriptionSpec { stream: _, events, purpose, mask, expires_at } = subscription;
        Self { events, purpose: purpose.as_ref(), mask, until: *expires_at, ..self }
    }

    /// For each event that is declared, whether it flows at `now`.
    pub(crate) fn access(&self, world: &World, now: Timestamp) -> BTreeMap<EventName, Access> {
        let declared = self.events.iter().filter_map(|event| world.event_type(event));
        declared.map(|declared| (declared.name.clone(), self.access_to(declared, world, now))).collect()
    }

    /// What is wrong with asking, in the order of the events' names, when `had` were asked for before: those must no longer be
    /// allowed, only declared.
    pub(crate) fn problems(&self, world: &World, had: &BTreeSet<EventName>, now: Timestamp) -> Vec<Problem> {
        let undeclared = self.events.iter().filter(|event| world.event_type(event).is_none()).count();
        let problem = |event: &EventName| match world.event_type(event) {
            None if MOST_HINTS < undeclared => {
                Some(Problem::new(Code::UnknownEvent, format!("event `{event}` is not declared")))
            }
            None => Some(Problem::new(Code::UnknownEvent, world.unknown(event))),
            Some(_) if had.contains(event) => None,
            Some(declared) if declared.spec.retired => {
                let detail = format!("`{event}` is retired: streams that have it keep it, no other can have it");
                Some(Problem::new(Code::AccessDenied, detail))
            }
            Some(declared) => {
                let access = self.access_to(declared, world, now);
                (access.status == AccessStatus::Denied).then(|| Problem::new(Code::AccessDenied, access.reason))
            }
        };
        let found =
            self.events.iter().enumerate().map(|(index, event)| Some(problem(event)?.at(format!("events[{index}]"))));
        found.flatten().collect()
    }

    /// Whether a request is what this subscription asks for, if it asks for the request's event.
    pub(crate) fn is_about(&self, request: &AccessRequest) -> bool {
        let AccessRequest { stream, team, purpose, mask, .. } = request;
        (self.stream, self.team, self.purpose, self.mask) == (stream, team, Some(purpose), mask)
    }

    /// The requests that are to be filed: for each event that needs an approval nobody was asked for.
    pub(crate) fn wanting<'s>(
        &'s self,
        world: &'s World,
        now: Timestamp,
    ) -> impl Iterator<Item = (&'s EventType, Decision)> {
        let declared = self.events.iter().filter_map(|event| world.event_type(event));
        let ended = self.until.is_some_and(|end| end <= now);
        declared.filter(move |_| !ended).filter_map(move |declared| {
            let decision = world.decide(self, declared, now);
            let is_open = decision.status == AccessStatus::Pending
                && self.request(world, declared).is_none()
                && self.revoked(world, declared).is_none();
            is_open.then_some((declared, decision))
        })
    }

    fn access_to(&self, declared: &EventType, world: &World, now: Timestamp) -> Access {
        self.told(world.decide(self, declared, now), declared, world)
    }

    /// A decision about this, as it is told to the consumer: with what became of asking for an approval.
    pub(super) fn told(&self, decision: Decision, declared: &EventType, world: &World) -> Access {
        match decision.status {
            AccessStatus::Active => {
                let access = Access::active(decision.reason);
                match decision.permits.into_iter().next() {
                    Some(Permit { not_after, mask, grant }) => Access { until: not_after, mask, grant, ..access },
                    None => access,
                }
            }
            AccessStatus::Denied => Access::denied(decision.reason),
            AccessStatus::Pending => match (self.request(world, declared), self.revoked(world, declared)) {
                (None, None) => Access { needs: decision.needs, ..Access::pending(decision.reason) },
                (None, Some(Revoked { by, at, reason, .. })) => Access::denied(format!(
                    "`{by}` revoked the grant on {}: {reason}; ask again to go on",
                    at.strftime("%F")
                )),
                (Some(request), _) => waiting(request, &declared.team, &decision.reason),
            },
        }
    }

    /// The newest request for this very thing that stands: one that was rejected or taken back by a person stands until
    /// somebody asks anew.
    pub(crate) fn request<'w>(&self, world: &'w World, declared: &EventType) -> Option<&'w AccessRequest> {
        let newest = world.requests(self.stream, &declared.name).iter().rev().find(|request| self.is_about(request))?;
        let is_older = |revoked: &Revoked| newest.requested_at < revoked.at;
        (!newest.is_dropped() && !self.revoked(world, declared).is_some_and(is_older)).then_some(newest)
    }

    /// How the newest grant for this very thing was revoked, if it was.
    fn revoked<'w>(&self, world: &'w World, declared: &EventType) -> Option<&'w Revoked> {
        let same =
            |grant: &&Grant| (self.team, self.purpose, self.mask) == (&grant.team, Some(&grant.purpose), &grant.mask);
        world.grants(self.stream, &declared.name).iter().rev().find(same)?.revoked.as_ref()
    }
}

/// Every subscription of every stream that is not being deleted.
pub(crate) fn askings(interests: &Interests) -> impl Iterator<Item = Asking<'_>> {
    let streams = interests.streams.iter().filter(|record| is_asking(record));
    let by_name: BTreeMap<_, _> = streams.clone().map(|record| (&record.stream.name, record)).collect();
    let own = streams.map(|record| Asking::own(&record.stream, &record.asked_by));
    let further = interests.subscriptions.iter().filter_map(move |subscription| {
        let record = by_name.get(&subscription.spec.stream)?;
        let asking = Asking::own(&record.stream, &subscription.asked_by).further(&subscription.spec);
        Some(Asking { subscription: Some(subscription.id), ..asking })
    });
    own.chain(further)
}

/// Whether a stream still asks for anything: one that is being deleted does not.
pub(crate) fn is_asking(record: &StreamRecord) -> bool {
    record.stream.status.phase != Phase::Deleting
}

/// How far a request is, in words.
fn waiting(request: &AccessRequest, owner: &TeamName, reason: &str) -> Access {
    let access = match &request.status {
        RequestStatus::Pending => {
            let missing = request.missing();
            let whom: Vec<_> = missing.iter().map(|role| role.named(owner)).collect();
            let since = request.requested_at.strftime("%F");
            let words = format!("{reason}; asked on {since}, waits for {}", whom.join(" and "));
            Access { needs: missing, ..Access::pending(words) }
        }
        RequestStatus::Rejected { by, at, reason } => {
            Access::denied(format!("`{by}` rejected the request on {}: {reason}", at.strftime("%F")))
        }
        RequestStatus::Withdrawn { by: Some(by), at } => {
            Access::denied(format!("`{by}` took the request back on {}; ask again to go on", at.strftime("%F")))
        }
        RequestStatus::Withdrawn { by: None, .. } | RequestStatus::Approved { .. } => Access::pending(reason),
    };
    Access { request: Some(request.id), ..access }
}
