//! What access depends on, as it was at one moment: teams, event types, policies, grants, requests. Whoever decides about
//! access does it on one world, and writes only if it is still the newest.

mod asking;
mod cache;
mod finding;
mod impact;
mod moment;
mod reader;
mod team_access;

use std::collections::{BTreeMap, BTreeSet};

use fanner_access::{Approver, Approving, Decision, Judge, Links, Policies, PolicyError, Question, Standing};
use fanner_model::{
    AccessRequest, Approval, Classification, EventName, EventType, Events, Grant, PolicyName, RequestStatus, Revision,
    StreamName, TeamName, TeamSpec,
};
use jiff::Timestamp;

pub(crate) use asking::{Asking, askings, is_asking};
pub(crate) use cache::{WorldError, Worlds};
pub(crate) use finding::Limits;
pub(crate) use moment::{Moment, place};

use crate::access::Actor;
use crate::store::Facts;

/// The name of the document of policies that ships with fanner.
pub(crate) const SHIPPED: &str = "default";

/// What access depends on, as of a revision.
#[derive(Debug)]
pub(crate) struct World {
    revision: Revision,
    /// The text of each document of policies that is in force.
    documents: BTreeMap<PolicyName, String>,
    policies: Policies,
    teams: BTreeMap<TeamName, TeamSpec>,
    /// A team nobody described.
    stranger: TeamSpec,
    event_types: BTreeMap<EventName, EventType>,
    grants: BTreeMap<(StreamName, EventName), Vec<Grant>>,
    requests: BTreeMap<(StreamName, EventName), Vec<AccessRequest>>,
}

impl World {
    /// The world that these facts make.
    ///
    /// # Errors
    /// The policies cannot be used.
    pub(crate) fn new(facts: Facts) -> Result<Self, Vec<PolicyError>> {
        let Facts { revision, teams, policies, event_types, permissions, quarantines, grants, requests } = facts;
        let mut documents = BTreeMap::from([(shipped(), Policies::DEFAULT.to_owned())]);
        documents.extend(policies.into_iter().map(|policy| (policy.name, policy.spec.text)));
        Ok(Self {
            revision,
            policies: Policies::parse(&documents)?.linked(Links::new(permissions, quarantines)),
            documents,
            teams: teams.into_iter().map(|team| (team.name, team.spec)).collect(),
            stranger: TeamSpec::default(),
            event_types: event_types.into_iter().map(|declared| (declared.name.clone(), declared)).collect(),
            grants: grouped(grants, |grant| (grant.stream.clone(), grant.event.clone())),
            requests: grouped(requests, |request| (request.stream.clone(), request.event.clone())),
        })
    }

    /// The revision of the rules that last changed any of it.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// The policies as they would be, without links, with these documents in place of those of their names, or without them.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn with_documents<'d>(
        &self,
        changes: impl IntoIterator<Item = (&'d PolicyName, Option<&'d str>)>,
    ) -> Result<Policies, Vec<PolicyError>> {
        let mut documents = self.documents.clone();
        for (name, text) in changes {
            match text {
                Some(text) => documents.insert(name.clone(), text.to_owned()),
                None if name.as_str() == SHIPPED => documents.insert(name.clone(), Policies::DEFAULT.to_owned()),
                None => documents.remove(name),
            };
        }
        Policies::parse(&documents)
    }

    /// Whether a document of this name is in force.
    pub(crate) fn has_document(&self, name: &PolicyName) -> bool {
        self.documents.contains_key(name)
    }

    /// What is known about a team.
    pub(crate) fn team(&self, name: &TeamName) -> &TeamSpec {
        self.teams.get(name).unwrap_or(&self.stranger)
    }

    /// A declared event type.
    pub(crate) fn event_type(&self, name: &EventName) -> Option<&EventType> {
        self.event_types.get(name)
    }

    /// Every declared event type, in the order of the names.
    pub(crate) fn event_types(&self) -> impl Iterator<Item = &EventType> {
        self.event_types.values()
    }

    /// Whether a team owns all of these events.
    pub(crate) fn owns(&self, team: &TeamName, events: &Events) -> bool {
        match events {
            Events::Everything => false,
            Events::OwnedBy(owner) => owner == team,
            Events::Event(name) => self.event_type(name).is_some_and(|declared| declared.team == *team),
        }
    }

    /// The declared event types among these events.
    pub(crate) fn included(&self, events: &Events) -> Vec<&EventType> {
        match events {
            Events::Everything => self.event_types().collect(),
            Events::OwnedBy(owner) => self.event_types().filter(|declared| declared.team == *owner).collect(),
            Events::Event(name) => self.event_type(name).into_iter().collect(),
        }
    }

    /// That an event is not declared, and which one may be meant.
    pub(crate) fn unknown(&self, event: &EventName) -> String {
        match event.meant(self.event_types.keys()) {
            Some(name) => format!("event `{event}` is not declared; did you mean `{name}`?"),
            None => format!("event `{event}` is not declared; declare it as an event type, or choose another"),
        }
    }

    /// Whether the stream that asks may have the event at `now`.
    pub(crate) fn decide(&self, asking: &Asking<'_>, event_type: &EventType, now: Timestamp) -> Decision {
        self.policies.decide(&self.question(asking, event_type, now))
    }

    /// Somebody to decide many questions about this world.
    pub(crate) fn judge(&self) -> Judge<'_> {
        self.policies.judge()
    }

    /// May the stream that asks have the event at `now`?
    pub(crate) fn question<'w>(
        &'w self,
        asking: &Asking<'w>,
        event_type: &'w EventType,
        now: Timestamp,
    ) -> Question<'w> {
        Question {
            stream: asking.stream,
            spec: asking.spec,
            team: (asking.team, self.team(asking.team)),
            event_type,
            owner: self.team(&event_type.team),
            purpose: asking.purpose,
            mask: asking.mask,
            grants: self.grants(asking.stream, &event_type.name),
            ends: asking.until,
            now,
        }
    }

    /// Whether `actor` may approve a request in this role, so that the grant lasts until then.
    ///
    /// # Errors
    /// Why not, in words for the actor.
    pub(crate) fn may_approve(
        &self,
        actor: &Actor,
        (request, event_type): (&AccessRequest, &EventType),
        role: Approval,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), String> {
        self.policies.may_approve(&Approving {
            role,
            request,
            event_type,
            owner: self.team(&event_type.team),
            team: self.team(&request.team),
            approver: Approver { id: &actor.caller, team: Some(&actor.team), role: actor.role },
            until,
            now,
        })
    }

    /// The classifications with which a standing permission of this team would include the event.
    pub(crate) fn standing_includes(
        &self,
        team: &TeamName,
        event_type: &EventType,
        now: Timestamp,
    ) -> BTreeSet<Classification> {
        let owner = self.team(&event_type.team);
        self.policies.standing_includes(&Standing { team: (team, self.team(team)), event_type, owner, now })
    }

    /// The grants of a stream for an event, those that ended as well.
    pub(crate) fn grants(&self, stream: &StreamName, event: &EventName) -> &[Grant] {
        self.grants.get(&(stream.clone(), event.clone())).map_or(&[], Vec::as_slice)
    }

    /// The requests of a stream for an event that were not approved, the oldest first.
    pub(crate) fn requests(&self, stream: &StreamName, event: &EventName) -> &[AccessRequest] {
        self.requests.get(&(stream.clone(), event.clone())).map_or(&[], Vec::as_slice)
    }

    /// All requests that wait for somebody.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &AccessRequest> {
        self.requests.values().flatten().filter(|request| request.status == RequestStatus::Pending)
    }
}

/// The name of the document that ships with fanner.
pub(crate) fn shipped() -> PolicyName {
    SHIPPED.parse().expect("it is a good name")
}

fn grouped<K: Ord, V>(values: Vec<V>, key: impl Fn(&V) -> K) -> BTreeMap<K, Vec<V>> {
    let mut groups = BTreeMap::<K, Vec<V>>::new();
    for value in values {
        groups.entry(key(&value)).or_default().push(value);
    }
    groups
}
