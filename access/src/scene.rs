//! What Cedar is told about a stream and an event type at one moment. Two pairs that policies cannot tell apart are the same
//! scene, so that the answer for one is the answer for both.

use std::collections::BTreeSet;

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};
use fanner_model::{Classification, EventTypeSpec, FieldPath, Purpose, Tags, TeamSpec};
use jiff::Timestamp;

use crate::cast::Cast;
use crate::named::Named;
use crate::question::Question;
use crate::schema::{CLASSIFICATION, EVENT_TYPE, STREAM, TEAM, everything};

/// Facts about a stream, its team, an event type and its owner.
///
/// Invariant: Cedar sees nothing of a question but this, so equal scenes have equal answers. A policy can tell two entities apart
/// by their facts, or by naming one of them; an entity that no policy names goes by a stand-in for its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scene<'w> {
    stream: StreamFacts<'w>,
    team: TeamFacts<'w>,
    /// `None`: the stream's team is the owner.
    owner: Option<TeamFacts<'w>>,
    event_type: EventFacts<'w>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StreamFacts<'w> {
    id: &'w str,
    encrypted: bool,
    retention_hours: i64,
    tags: &'w Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TeamFacts<'w> {
    id: &'w str,
    active: bool,
    clearance: Classification,
    trainings: BTreeSet<&'w str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventFacts<'w> {
    id: &'w str,
    classification: Classification,
    sensitive_fields: &'w BTreeSet<FieldPath>,
    purposes: &'w BTreeSet<Purpose>,
    retired: bool,
    tags: &'w Tags,
}

impl<'w> Scene<'w> {
    /// The scene of a question at `at`, when some trainings may have ended.
    pub(crate) fn new(question: &Question<'w>, at: Timestamp, named: &Named) -> Self {
        let Question { stream, spec, team: (team, known), event_type, owner, .. } = *question;
        let tags = &spec.tags;
        let retention_hours = spec.retention_hours.into();
        let stream = StreamFacts {
            id: named.stream(stream.as_str()),
            encrypted: question.is_encrypted(),
            retention_hours,
            tags,
        };
        let owned_by = || TeamFacts::new(named.team(event_type.team.as_str(), "~owner"), owner, at);
        Self {
            stream,
            team: TeamFacts::new(named.team(team.as_str(), "~team"), known, at),
            owner: (!question.is_own()).then(owned_by),
            event_type: EventFacts::new(named.event_type(event_type.name.as_str()), &event_type.spec),
        }
    }

    /// The same with a team that nothing can be held against: active, cleared for everything, with these trainings, too.
    pub(crate) fn with_model_team(&self, trainings: impl IntoIterator<Item = &'w str>) -> Self {
        let mut scene = self.clone();
        scene.team.active = true;
        scene.team.clearance = Classification::Restricted;
        scene.team.trainings.extend(trainings);
        scene
    }

    /// The same with a team that everything can be held against, as far as these policies go.
    pub(crate) fn with_hopeless_team(&self) -> Self {
        let mut scene = self.clone();
        scene.team.active = false;
        scene.team.clearance = Classification::Public;
        scene.team.trainings.clear();
        scene
    }

    /// The same with an event of another classification.
    pub(crate) fn classified(&self, classification: Classification) -> Self {
        let mut scene = self.clone();
        scene.event_type.classification = classification;
        scene
    }

    /// The stream, as Cedar knows it.
    pub(crate) fn principal(&self) -> EntityUid {
        STREAM.called(self.stream.id)
    }

    /// The event type, as Cedar knows it.
    pub(crate) fn resource(&self) -> EntityUid {
        EVENT_TYPE.called(self.event_type.id)
    }

    /// Everything and everybody in the scene.
    pub(crate) fn entities(&self, cast: &mut Cast<'w>) -> Entities {
        let owner = self.owner.as_ref().unwrap_or(&self.team);
        let rest = [cast.stream(self.stream, self.team.id), cast.event_type(self.event_type, owner.id)];
        let teams = [Some(&self.team), self.owner.as_ref()].into_iter().flatten().map(|team| cast.team(team));
        entities(teams.chain(rest))
    }
}

impl<'w> TeamFacts<'w> {
    pub(crate) fn new(id: &'w str, known: &'w TeamSpec, at: Timestamp) -> Self {
        let valid = known.trainings.iter().filter(|(_, end)| at < **end);
        let trainings = valid.map(|(training, _)| training.as_str()).collect();
        Self { id, active: known.active, clearance: known.clearance, trainings }
    }

    fn uid(&self) -> EntityUid {
        TEAM.called(self.id)
    }

    pub(crate) fn entity(&self) -> Entity {
        let cleared = Classification::ALL.into_iter().filter(|classification| *classification <= self.clearance);
        let facts = [
            ("active", RestrictedExpression::new_bool(self.active)),
            ("clearance", classification(self.clearance)),
            ("clearedFor", RestrictedExpression::new_set(cleared.map(classification))),
            ("trainings", texts(self.trainings.iter().copied())),
        ];
        entity(self.uid(), Some(everything()), facts, None)
    }
}

impl StreamFacts<'_> {
    pub(crate) fn entity(&self, team: EntityUid) -> Entity {
        let facts = [
            ("team", RestrictedExpression::new_entity_uid(team.clone())),
            ("encrypted", RestrictedExpression::new_bool(self.encrypted)),
            ("retentionHours", RestrictedExpression::new_long(self.retention_hours)),
        ];
        entity(STREAM.called(self.id), Some(team), facts, Some(self.tags))
    }
}

impl<'w> EventFacts<'w> {
    pub(crate) fn new(id: &'w str, spec: &'w EventTypeSpec) -> Self {
        let EventTypeSpec { classification, sensitive_fields, purposes, retired, tags, .. } = spec;
        Self { id, classification: *classification, sensitive_fields, purposes, retired: *retired, tags }
    }

    pub(crate) fn entity(&self, owner: EntityUid) -> Entity {
        let facts = [
            ("owner", RestrictedExpression::new_entity_uid(owner.clone())),
            ("classification", classification(self.classification)),
            ("sensitiveFields", texts(self.sensitive_fields.iter().map(FieldPath::as_str))),
            ("purposes", texts(self.purposes.iter().map(Purpose::as_str))),
            ("retired", RestrictedExpression::new_bool(self.retired)),
        ];
        entity(EVENT_TYPE.called(self.id), Some(owner), facts, Some(self.tags))
    }
}

/// An entity below `parent`.
pub(crate) fn entity<const N: usize>(
    uid: EntityUid,
    parent: Option<EntityUid>,
    facts: [(&str, RestrictedExpression); N],
    tags: Option<&Tags>,
) -> Entity {
    let facts = facts.map(|(name, value)| (name.to_owned(), value));
    let tags = tags.into_iter().flat_map(Tags::iter);
    let tags = tags.map(|(key, value)| (key.to_owned(), text(value)));
    Entity::new_with_tags(uid, facts, parent, tags)
        .expect("only extension functions fail to evaluate, and none is called")
}

/// These, and the root above them.
pub(crate) fn entities(below: impl IntoIterator<Item = Entity>) -> Entities {
    let all = below.into_iter().chain([Entity::with_uid(everything())]);
    Entities::from_entities(all, None).expect("each entity is there once, and they form a tree")
}

/// A text.
pub(crate) fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

/// Texts, as a set.
pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> RestrictedExpression {
    RestrictedExpression::new_set(texts.into_iter().map(text))
}

fn classification(classification: Classification) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(CLASSIFICATION.called(classification.to_string()))
}
