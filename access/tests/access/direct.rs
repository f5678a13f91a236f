//! Cedar asked directly: every entity under its own name, every link linked, everything checked against the schema, nothing
//! remembered. It is slow and plain, and what the engine must agree with.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request, Schema,
    SlotId,
};
use fanner_access::Question;
use fanner_model::{Approval, Classification, Events, FieldPath, Grant, Receivers, TeamSpec};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::World;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| include_str!("../../policies/fanner.cedarschema").parse().expect("the schema is good"));

/// How many fields are masked in what the stream receives at `at`, as few as possible; `None`: it receives nothing.
pub(crate) fn masked(world: &World, text: &PolicySet, question: &Question<'_>, at: Timestamp) -> Option<usize> {
    if question.ends.is_some_and(|end| end <= at) {
        return None;
    }
    let set = linked(text.clone(), world, at);
    let mine = world.grants.iter().filter(|grant| {
        grant.stream == *question.stream && grant.team == *question.team.0 && grant.event == question.event_type.name
    });
    let live = mine.filter(|grant| grant.revoked.is_none() && at < grant.until);
    let ways = [None].into_iter().chain(live.map(Some));
    ways.filter(|way| allows(&set, question, *way, at)).map(|way| mask(question, way).len()).min()
}

fn allows(set: &PolicySet, question: &Question<'_>, way: Option<&Grant>, at: Timestamp) -> bool {
    let action = entity("Action", "Receive");
    let context = Context::from_json_value(context(question, way), Some((&SCHEMA, &action))).expect("Cedar takes it");
    let principal = entity("Stream", question.stream.as_str());
    let resource = entity("EventType", question.event_type.name.as_str());
    let request = Request::new(principal, action, resource, context, Some(&SCHEMA)).expect("Cedar takes it");
    let entities = Entities::from_json_value(entities(question, at), Some(&SCHEMA)).expect("Cedar takes it");
    let response = Authorizer::new().is_authorized(&request, set, &entities);
    response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none()
}

/// The documents of a world, without links.
pub(crate) fn policies(world: &World) -> PolicySet {
    let text: String = world.documents.values().map(String::as_str).collect();
    text.parse().expect("the documents are good")
}

/// The same with a link for each standing permission that is live, and for each quarantine.
fn linked(mut set: PolicySet, world: &World, at: Timestamp) -> PolicySet {
    let live = world.permissions.iter().filter(|permission| at < permission.spec.expires_at);
    for permission in live {
        link(
            &mut set,
            "tpl.standing",
            &permission.id.to_string(),
            entity("Team", permission.spec.team.as_str()),
            &permission.spec.events,
        );
    }
    for quarantine in &world.quarantines {
        let who = match &quarantine.spec.who {
            Receivers::Everybody => entity("Org", "all"),
            Receivers::Team(team) => entity("Team", team.as_str()),
            Receivers::Stream(stream) => entity("Stream", stream.as_str()),
        };
        link(&mut set, "tpl.quarantine", &quarantine.id.to_string(), who, &quarantine.spec.events);
    }
    set
}

fn link(set: &mut PolicySet, template: &str, id: &str, who: EntityUid, events: &Events) {
    let events = match events {
        Events::Everything => entity("Org", "all"),
        Events::OwnedBy(team) => entity("Team", team.as_str()),
        Events::Event(name) => entity("EventType", name.as_str()),
    };
    let template =
        set.templates().find(|found| found.annotation("id") == Some(template)).expect("Cedar takes it").id().clone();
    set.link(template, PolicyId::new(id), [(SlotId::principal(), who), (SlotId::resource(), events)].into())
        .expect("Cedar takes it");
}

fn entity(kind: &str, id: &str) -> EntityUid {
    let kind: EntityTypeName = format!("Fanner::{kind}").parse().expect("Cedar takes it");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

fn mask<'w>(question: &Question<'w>, way: Option<&'w Grant>) -> BTreeSet<&'w FieldPath> {
    question.mask.iter().chain(way.into_iter().flat_map(Grant::masked)).collect()
}

fn context(question: &Question<'_>, way: Option<&Grant>) -> Value {
    let mut context = json!({ "mask": mask(question, way) });
    if let Some(purpose) = question.purpose {
        context["purpose"] = json!(purpose);
    }
    if let Some(grant) = way {
        let roles = [(Approval::Owner, "owner"), (Approval::Security, "security")];
        let given = roles.into_iter().filter(|(role, _)| grant.approvals.iter().any(|approved| approved.role == *role));
        let approvals: Vec<_> = given.map(|(_, id)| uid("Approval", id)).collect();
        context["grant"] =
            json!({ "purpose": grant.purpose, "approvals": approvals, "mask": grant.masked().collect::<Vec<_>>() });
    }
    context
}

fn uid(kind: &str, id: &str) -> Value {
    json!({ "type": format!("Fanner::{kind}"), "id": id })
}

fn entities(question: &Question<'_>, at: Timestamp) -> Value {
    let (team, known) = question.team;
    let (owner, event, spec) = (&question.event_type.team, &question.event_type, &question.event_type.spec);
    let own_key = question.spec.kms_key_arn.is_some();
    let mut all = vec![
        json!({ "uid": uid("Org", "all"), "attrs": {}, "parents": [] }),
        team_entity(team.as_str(), known, at),
        json!({
            "uid": uid("Stream", question.stream.as_str()),
            "attrs": { "team": uid("Team", team.as_str()), "encrypted": own_key, "retentionHours": question.spec.retention_hours },
            "tags": question.spec.tags,
            "parents": [uid("Team", team.as_str())],
        }),
        json!({
            "uid": uid("EventType", event.name.as_str()),
            "attrs": {
                "owner": uid("Team", owner.as_str()),
                "classification": uid("Classification", &spec.classification.to_string()),
                "sensitiveFields": spec.sensitive_fields,
                "purposes": spec.purposes,
                "retired": spec.retired,
            },
            "tags": spec.tags,
            "parents": [uid("Team", owner.as_str())],
        }),
    ];
    if owner != team {
        all.push(team_entity(owner.as_str(), question.owner, at));
    }
    Value::Array(all)
}

fn team_entity(name: &str, known: &TeamSpec, at: Timestamp) -> Value {
    let cleared = Classification::ALL.iter().filter(|classification| **classification <= known.clearance);
    let cleared: Vec<_> = cleared.map(|classification| uid("Classification", &classification.to_string())).collect();
    let valid: Vec<_> = known.trainings.iter().filter(|(_, end)| at < **end).map(|(training, _)| training).collect();
    json!({
        "uid": uid("Team", name),
        "attrs": {
            "active": known.active,
            "clearance": uid("Classification", &known.clearance.to_string()),
            "clearedFor": cleared,
            "trainings": valid,
        },
        "parents": [uid("Org", "all")],
    })
}
