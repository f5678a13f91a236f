//! `fanner_event_type`: what a producer declares, once, before it sends.

use std::collections::BTreeSet;

use fanner_client::{Error, IdempotencyKey, Precondition};
use fanner_model::{
    Classification, EventName, EventType, EventTypeSpec, FieldPath, PlanRequest, Purpose, Tags, TeamName,
};

use super::creation::{self, Failure, answered, remembered, unanswered};
use super::{access, tags};
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextMap, TextSet, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
use crate::plugin::timeouts::Deadline;
use crate::plugin::value::Object;
use crate::problem;
use crate::session::Session;

block! {
    /// The block `fanner_event_type`.
    pub struct EventTypeModel {
        pub id: Field<String>,
        pub name: Field<String>,
        pub team: Field<String>,
        pub description: Field<String>,
        pub classification: Field<String>,
        pub purposes: TextSet,
        pub sensitive_fields: TextSet,
        pub retired: Field<bool>,
        pub tags: TextMap,
        pub tags_all: TextMap,
        pub version: Field<i64>,
    }
}

/// The resource type `fanner_event_type`.
#[derive(Clone, Copy, Debug)]
pub struct EventTypeResource;

impl Resource for EventTypeResource {
    type Session = Session;
    type Model = EventTypeModel;

    const NAME: &'static str = "fanner_event_type";

    fn schema(&self) -> Schema {
        let [tags, tags_all] = tags::attributes();
        let attributes = vec![
            Attribute::text(
                "name",
                "The event's name, such as `card_swiped`: a lower-case letter, then `a-z`, `0-9`, `_`, `.` and `-`, at \
                 most 100 characters. Another name is another event type.",
            )
            .required()
            .replaces()
            .parsed_as::<EventName>(),
            Attribute::text("team", "The team that owns the event. Left out, it is the caller's.")
                .or_computed()
                .stable()
                .parsed_as::<TeamName>(),
            Attribute::text("description", "What the event says, for the people who look for it."),
            Attribute::text(
                "classification",
                "How carefully the event must be handled: `public`, `internal`, `confidential` or `restricted`. Every \
                 team may have a public event; the others need more than a declaration.",
            )
            .or("restricted")
            .parsed_as::<Classification>(),
            Attribute::set_of_text("purposes", "What the event may be used for, such as `fraud-detection`.")
                .parsed_as::<Purpose>(),
            Attribute::set_of_text(
                "sensitive_fields",
                "The fields of a JSON payload that need care, such as `member.email`. Who may not have them can have the \
                 event with these fields masked.",
            )
            .parsed_as::<FieldPath>(),
            Attribute::bool(
                "retired",
                "Whether the event is on its way out: streams that have it keep it, no other can subscribe to it.",
            )
            .or(false),
            tags,
            Attribute::text("id", "The same as `name`, but known only once the event is declared: refer to it, and Terraform declares the event first.")
                .computed()
                .stable(),
            tags_all,
            Attribute::integer("version", "How often the declaration has changed, from 1 up.").computed(),
        ];
        let description = "An event type: declared once by the team that owns it, and then available to every team that \
                           may have it.";
        Schema { version: 0, description, attributes }
    }

    fn validate(&self, config: &EventTypeModel) -> Vec<Diagnostic> {
        tags::validate(&config.tags).into_iter().collect()
    }

    fn foresee(&self, session: &Session, planned: &EventTypeModel) -> Object {
        tags::foresee(&session.default_tags, &planned.tags)
    }

    /// One whose creation was never answered gets an update, which asks again.
    fn is_settled(&self, prior: &EventTypeModel) -> bool {
        prior.id.known().is_some()
    }

    async fn review(
        &self,
        context: &Context<Session>,
        _: Option<&EventTypeModel>,
        planned: &EventTypeModel,
    ) -> Vec<Diagnostic> {
        let Ok(name) = name(planned) else { return Vec::new() };
        let request = match spec(&context.session, planned) {
            Ok(spec) => PlanRequest::EventType { name, spec },
            Err(wrong) => return wrong.into(),
        };
        match context.session.client.plan(&request).await {
            Ok(answer) => access::review(&answer, &BTreeSet::new(), EventTypeModel::ATTRIBUTES),
            Err(error) => problem::diagnostic(&error, EventTypeModel::ATTRIBUTES).into(),
        }
    }

    async fn create(&self, context: &Context<Session>, planned: EventTypeModel) -> Applied<EventTypeModel> {
        let (name, spec) = match request(context, &planned) {
            Ok(request) => request,
            Err(wrong) => return Applied::failed(wrong),
        };
        let key = IdempotencyKey::random();
        let attempt = || context.session.client.put_event_type(&name, &spec, creation::guard(key));
        match answered(context, Deadline::after(creation::PATIENCE), attempt).await {
            Ok(made) => Applied::done(applied(&made, planned)),
            Err(Failure::Refused(error)) => refused(&error),
            // An error, though it may have been made: what refers to its id must not go on without one.
            Err(Failure::Unanswered(why)) => {
                let words = creation::unclear(&format_args!("event type `{name}`"), &why);
                let error = Diagnostic::error("The control plane did not answer", words);
                remembered(Applied::done_with(unclear(&spec.tags, planned), error), key)
            }
        }
    }

    async fn read(
        &self,
        context: &Context<Session>,
        state: EventTypeModel,
    ) -> Result<Option<EventTypeModel>, Vec<Diagnostic>> {
        let name = name(&state)?;
        if !is_ours(context, &name, &state).await? {
            return Ok(None);
        }
        match context.session.event_type(name.as_str()).await {
            Ok(found) => Ok(found.map(|found| seen(&context.session.default_tags, found, &state))),
            Err(error) => Err(problem::diagnostic(error, EventTypeModel::ATTRIBUTES).into()),
        }
    }

    async fn update(
        &self,
        context: &Context<Session>,
        prior: EventTypeModel,
        planned: EventTypeModel,
    ) -> Applied<EventTypeModel> {
        let (name, spec) = match request(context, &planned) {
            Ok(request) => request,
            Err(wrong) => return Applied::failed(wrong),
        };
        let put = |guard| context.session.client.put_event_type(&name, &spec, guard);
        if let Some(key) = unanswered(context, &prior.id)
            && let Err(error) = put(creation::guard(key)).await
        {
            return refused(&error);
        }
        match put(Precondition::None.into()).await {
            Ok(made) => Applied::done(applied(&made, planned)),
            Err(error) => refused(&error),
        }
    }

    async fn delete(&self, context: &Context<Session>, prior: EventTypeModel) -> Result<(), Vec<Diagnostic>> {
        let name = name(&prior)?;
        if !is_ours(context, &name, &prior).await? {
            return Ok(());
        }
        let deleted = context.session.client.delete_event_type(&name).await;
        deleted.map_err(|error| problem::diagnostic(&error, EventTypeModel::ATTRIBUTES).into())
    }

    fn import(&self, id: &str) -> Result<EventTypeModel, Diagnostic> {
        match id.parse::<EventName>() {
            Ok(name) => Ok(EventTypeModel { name: name.as_str().into(), ..EventTypeModel::default() }),
            Err(error) => Err(Diagnostic::error("Import takes an event's name", error)),
        }
    }
}

/// Whether the event type of that name is the one in the state. The state of a creation that was never answered has none.
async fn is_ours(context: &Context<Session>, name: &EventName, state: &EventTypeModel) -> Result<bool, Diagnostic> {
    let Some(key) = unanswered(context, &state.id) else { return Ok(true) };
    let made = context.session.client.made_event_type(name, key).await;
    made.map(|made| made.is_some()).map_err(|error| problem::diagnostic(&error, EventTypeModel::ATTRIBUTES))
}

fn refused(error: &Error) -> Applied<EventTypeModel> {
    Applied::failed(problem::diagnostic(error, EventTypeModel::ATTRIBUTES))
}

fn request(context: &Context<Session>, planned: &EventTypeModel) -> Result<(EventName, EventTypeSpec), Diagnostic> {
    Ok((name(planned)?, spec(&context.session, planned)?))
}

fn name(model: &EventTypeModel) -> Result<EventName, Diagnostic> {
    parse::required("name", &model.name)
}

/// What is asked for, as far as it is known.
fn spec(session: &Session, model: &EventTypeModel) -> Result<EventTypeSpec, Diagnostic> {
    Ok(EventTypeSpec {
        team: parse::optional("team", &model.team)?,
        description: model.description.known().cloned(),
        classification: parse::optional("classification", &model.classification)?.unwrap_or_default(),
        purposes: parse::all("purposes", &model.purposes)?,
        sensitive_fields: parse::all("sensitive_fields", &model.sensitive_fields)?,
        retired: model.retired.known().copied().unwrap_or_default(),
        tags: tags::merged(&session.default_tags, &model.tags)?,
    })
}

/// The state after an apply: what was planned, and what has become known.
fn applied(made: &EventType, planned: EventTypeModel) -> EventTypeModel {
    EventTypeModel {
        id: made.name.as_str().into(),
        team: made.team.as_str().into(),
        tags_all: made.spec.tags.iter().collect(),
        version: version(made),
        ..planned
    }
}

/// The state of an event type that may have been declared; reading it tells.
fn unclear(tags: &Tags, planned: EventTypeModel) -> EventTypeModel {
    EventTypeModel {
        id: Field::Null,
        team: planned.team.into_known().into(),
        tags_all: tags.iter().collect(),
        version: Field::Null,
        ..planned
    }
}

/// The state as the control plane has it. Nothing given and nothing in it are the same to it, not to Terraform.
fn seen(defaults: &Tags, found: &EventType, state: &EventTypeModel) -> EventTypeModel {
    let EventTypeSpec { team: _, description, classification, purposes, sensitive_fields, retired, tags } = &found.spec;
    EventTypeModel {
        id: found.name.as_str().into(),
        name: found.name.as_str().into(),
        team: found.team.as_str().into(),
        description: description.clone().into(),
        classification: parse::word(classification).as_str().into(),
        purposes: purposes.iter().map(Purpose::as_str).collect::<TextSet>().unless_empty(&state.purposes),
        sensitive_fields: sensitive_fields
            .iter()
            .map(FieldPath::as_str)
            .collect::<TextSet>()
            .unless_empty(&state.sensitive_fields),
        retired: Field::Known(*retired),
        tags: tags::own(tags.iter(), defaults, (&state.tags, &state.tags_all)),
        tags_all: tags.iter().collect(),
        version: version(found),
    }
}

fn version(of: &EventType) -> Field<i64> {
    Field::Known(of.version.try_into().expect("nothing is declared 2^63 times"))
}
