//! One stream and one event type, and everything that is known about them: what most tests ask about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use fanner_access::{Decision, Links, Policies, Question};
use fanner_model::{
    Approval, Approved, Classification, EventType, EventTypeSpec, Events, FieldPath, Grant, GrantId, Permission,
    PermissionId, PermissionSpec, Purpose, Quarantine, QuarantineId, QuarantineSpec, Receivers, RequestId, StreamName,
    StreamSpec, TeamName, TeamSpec,
};
use jiff::Timestamp;

/// The stream `funnel` of team `growth` wants `card_swiped` of team `payments` for `fraud`.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) stream: StreamName,
    pub(crate) spec: StreamSpec,
    pub(crate) team: (TeamName, TeamSpec),
    pub(crate) event_type: EventType,
    pub(crate) owner: TeamSpec,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) mask: BTreeSet<FieldPath>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) ends: Option<Timestamp>,
    pub(crate) now: Timestamp,
}

impl Pair {
    /// An event of this classification, for `analytics` or `fraud`; the team is cleared for it.
    pub(crate) fn new(classification: Classification) -> Self {
        let purposes = ["analytics", "fraud"].map(name).into();
        let spec = EventTypeSpec { classification, purposes, ..EventTypeSpec::default() };
        let event_type = EventType {
            name: name("card_swiped"),
            team: name("payments"),
            version: 1,
            created_at: day(0),
            updated_at: day(0),
            spec,
        };
        Self {
            stream: name("funnel"),
            spec: StreamSpec::default(),
            team: (name("growth"), TeamSpec { clearance: classification, ..TeamSpec::default() }),
            event_type,
            owner: TeamSpec::default(),
            purpose: Some(name("fraud")),
            mask: BTreeSet::new(),
            grants: Vec::new(),
            ends: None,
            now: day(0),
        }
    }

    /// The same with a change.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The same event with personal data in `member.email`.
    pub(crate) fn with_pii(self) -> Self {
        self.with(|pair| {
            pair.event_type.spec.tags =
                BTreeMap::from([("pii".to_owned(), "yes".to_owned())]).try_into().expect("a good tag");
            pair.event_type.spec.sensitive_fields = [name("member.email")].into();
        })
    }

    /// The same, owned by the stream's own team.
    pub(crate) fn owned(self) -> Self {
        self.with(|pair| pair.event_type.team = pair.team.0.clone())
    }

    /// A grant for `fraud` of just this pair, with these approvals, until this day.
    pub(crate) fn grant(&self, approvals: &[Approval], until: i64) -> Grant {
        let approved = |role: &Approval| Approved { role: *role, by: name("user:olga"), at: day(0), comment: None };
        Grant {
            id: GrantId::random(),
            stream: self.stream.clone(),
            team: self.team.0.clone(),
            event: self.event_type.name.clone(),
            purpose: name("fraud"),
            mask: BTreeSet::new(),
            reduced: BTreeSet::new(),
            request: RequestId::random(),
            requested_by: name("user:gita"),
            approvals: approvals.iter().map(approved).collect(),
            granted_at: day(0),
            until: day(until),
            revoked: None,
        }
    }

    /// The same with such a grant.
    pub(crate) fn granted(self, approvals: &[Approval], until: i64) -> Self {
        let grant = self.grant(approvals, until);
        self.with(|pair| pair.grants.push(grant))
    }

    pub(crate) fn question(&self) -> Question<'_> {
        Question {
            stream: &self.stream,
            spec: &self.spec,
            team: (&self.team.0, &self.team.1),
            event_type: &self.event_type,
            owner: &self.owner,
            purpose: self.purpose.as_ref(),
            mask: &self.mask,
            grants: &self.grants,
            ends: self.ends,
            now: self.now,
        }
    }

    /// What the default policies decide.
    pub(crate) fn decide(&self) -> Decision {
        POLICIES.decide(&self.question())
    }

    pub(crate) fn reason(&self) -> String {
        self.decide().reason
    }
}

/// The default policies.
pub(crate) static POLICIES: LazyLock<Policies> = LazyLock::new(|| with(""));

/// The default policies with these, too.
pub(crate) fn with(text: &str) -> Policies {
    let documents = [("default", Policies::DEFAULT), ("more", text)];
    let documents = documents.map(|(document, text)| (name(document), text.to_owned())).into();
    Policies::parse(&documents).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// The default policies with one standing permission of `growth`, until this day.
pub(crate) fn standing(events: Events, until: i64) -> Policies {
    let spec = PermissionSpec { team: name("growth"), events, expires_at: day(until), reason: None };
    let permission = Permission { id: PermissionId::random(), created_by: name("user:olga"), created_at: day(0), spec };
    POLICIES.linked(Links::new([permission], Vec::new()))
}

/// The default policies with one quarantine.
pub(crate) fn quarantine(who: Receivers, events: Events) -> Policies {
    let spec = QuarantineSpec { who, events, reason: "INC-4711 leaks cards".to_owned() };
    let quarantine = Quarantine { id: QuarantineId::random(), created_by: name("user:sam"), created_at: day(0), spec };
    POLICIES.linked(Links::new([], vec![quarantine]))
}

/// A name of whatever kind.
pub(crate) fn name<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("a good name")
}

/// Days after the first of January 2026.
pub(crate) fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + number * 86_400).expect("a day within the range of time")
}
