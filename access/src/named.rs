//! What policies write out: names of teams, streams and event types, and texts.

use std::collections::BTreeSet;

use cedar_policy::{EntityUid, Policy, PolicySet};
use serde_json::Value;

use crate::schema::{EVENT_TYPE, Kind, STREAM, TEAM};

/// The names and texts in policies. No policy can tell two things apart that it does not name, except by their facts.
#[derive(Debug, Default)]
pub(crate) struct Named {
    teams: BTreeSet<String>,
    streams: BTreeSet<String>,
    event_types: BTreeSet<String>,
    /// Every text in a condition: among them the trainings and purposes that policies ask for.
    pub(crate) texts: BTreeSet<String>,
}

impl Named {
    /// What these policies write out.
    pub(crate) fn by(set: &PolicySet) -> Self {
        let literals: Vec<_> = set.policies().flat_map(Policy::entity_literals).collect();
        let of = |kind: &Kind| literals.iter().filter(|literal| kind.includes(literal)).map(id).collect();
        Self {
            teams: of(&TEAM),
            streams: of(&STREAM),
            event_types: of(&EVENT_TYPE),
            texts: set.policies().flat_map(texts).collect(),
        }
    }

    /// The name of a team, or the stand-in if no policy names it. No team can be called like a stand-in: those start with `~`.
    pub(crate) fn team<'w>(&self, name: &'w str, stand_in: &'static str) -> &'w str {
        if self.teams.contains(name) { name } else { stand_in }
    }

    /// The name of a stream, or a stand-in if no policy names it.
    pub(crate) fn stream<'w>(&self, name: &'w str) -> &'w str {
        if self.streams.contains(name) { name } else { "~stream" }
    }

    /// The name of an event type, or a stand-in if no policy names it.
    pub(crate) fn event_type<'w>(&self, name: &'w str) -> &'w str {
        if self.event_types.contains(name) { name } else { "~event" }
    }
}

fn id(entity: &EntityUid) -> String {
    entity.id().unescaped().to_owned()
}

/// The texts in the conditions of a policy.
fn texts(policy: &Policy) -> Vec<String> {
    let mut texts = Vec::new();
    let json = policy.to_json().ok();
    let conditions = json.as_ref().and_then(|json| json.get("conditions"));
    conditions.into_iter().for_each(|conditions| gather(conditions, &mut texts));
    texts
}

/// Gathers the texts among the `Value`s of Cedar's JSON.
fn gather(json: &Value, texts: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            texts.extend(fields.get("Value").and_then(Value::as_str).map(ToOwned::to_owned));
            fields.values().for_each(|value| gather(value, texts));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
    }
}
