//! `fanner_event_type`: what a producer declares, once, before it sends.

use std::collections::BTreeSet;

use fanner_client::{Client, Error, Guard, IdempotencyKey};
use fanner_model::{Classification, EventName, EventType, EventTypeSpec, FieldPath, PlanRequest, Purpose, TeamName};

use super::document::{self, Document};
use super::{access, tags};
use crate::plugin::diagnostics::{Diagnostic, Severity};
use crate::plugin::field::{Field, TextMap, TextSet, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
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
                 team may have a public event; for the others the policies ask for more, such as an approval.",
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

    fn foresee(&self, session: &Session, _: Option<&EventTypeModel>, planned: &EventTypeModel) -> Object {
        tags::foresee(&session.default_tags, &planned.tags)
    }

    fn is_settled(&self, prior: &EventTypeModel) -> bool {
        document::is_settled::<EventType>(prior)
    }

    async fn review(
        &self,
        context: &Context<Session>,
        _: Option<&EventTypeModel>,
        planned: &EventTypeModel,
    ) -> Vec<Diagnostic> {
        let Ok(name) = EventType::name(planned) else { return Vec::new() };
        let request = match EventType::spec(&context.session, planned) {
            Ok(spec) => PlanRequest::EventType { name, spec },
            Err(wrong) => return wrong.into(),
        };
        match context.session.client.plan(&request).await {
            Ok(answer) => access::review(&answer, &BTreeSet::new(), EventTypeModel::ATTRIBUTES),
            Err(error) => problem::diagnostic(&error, EventTypeModel::ATTRIBUTES).into(),
        }
    }

    async fn create(&self, context: &Context<Session>, planned: EventTypeModel) -> Applied<EventTypeModel> {
        document::create::<EventType>(context, planned).await
    }

    async fn read(
        &self,
        context: &Context<Session>,
        state: EventTypeModel,
    ) -> Result<Option<EventTypeModel>, Vec<Diagnostic>> {
        document::read::<EventType>(context, state).await
    }

    async fn update(
        &self,
        context: &Context<Session>,
        prior: EventTypeModel,
        planned: EventTypeModel,
    ) -> Applied<EventTypeModel> {
        document::update::<EventType>(context, prior, planned).await
    }

    async fn delete(&self, context: &Context<Session>, prior: EventTypeModel) -> Result<(), Vec<Diagnostic>> {
        document::delete::<EventType>(context, prior).await
    }

    fn import(&self, id: &str) -> Result<EventTypeModel, Diagnostic> {
        document::import::<EventType>(id)
    }
}

impl Document for EventType {
    type Model = EventTypeModel;
    type Name = EventName;
    type Spec = EventTypeSpec;

    const NOUN: &'static str = "event type";
    const ATTRIBUTES: &'static [&'static str] = EventTypeModel::ATTRIBUTES;
    /// What refers to its id must not go on without one.
    const UNANSWERED: Severity = Severity::Error;

    async fn put(client: &Client, name: &EventName, spec: &EventTypeSpec, guard: Guard) -> Result<Self, Error> {
        client.put_event_type(name, spec, guard).await
    }

    async fn made(client: &Client, name: &EventName, key: IdempotencyKey) -> Result<Option<Self>, Error> {
        client.made_event_type(name, key).await
    }

    async fn delete(client: &Client, name: &EventName) -> Result<(), Error> {
        client.delete_event_type(name).await
    }

    fn id(state: &EventTypeModel) -> &Field<String> {
        &state.id
    }

    fn name(model: &EventTypeModel) -> Result<EventName, Diagnostic> {
        document::named(&model.name)
    }

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

    fn applied(&self, planned: EventTypeModel) -> EventTypeModel {
        EventTypeModel {
            id: self.name.as_str().into(),
            team: self.team.as_str().into(),
            tags_all: self.spec.tags.iter().collect(),
            version: document::version(self.version),
            ..planned
        }
    }

    fn unclear(spec: &EventTypeSpec, planned: EventTypeModel) -> EventTypeModel {
        EventTypeModel {
            id: Field::Null,
            team: planned.team.into_known().into(),
            tags_all: spec.tags.iter().collect(),
            version: Field::Null,
            ..planned
        }
    }

    /// Nothing given and nothing in it are the same to the control plane, not to Terraform.
    fn seen(&self, session: &Session, state: &EventTypeModel) -> EventTypeModel {
        let EventTypeSpec { team: _, description, classification, purposes, sensitive_fields, retired, tags } =
            &self.spec;
        let before = (&state.tags, &state.tags_all);
        EventTypeModel {
            id: self.name.as_str().into(),
            name: self.name.as_str().into(),
            team: self.team.as_str().into(),
            description: description.clone().into(),
            classification: parse::word(classification).as_str().into(),
            purposes: purposes.iter().map(Purpose::as_str).collect::<TextSet>().unless_empty(&state.purposes),
            sensitive_fields: sensitive_fields
                .iter()
                .map(FieldPath::as_str)
                .collect::<TextSet>()
                .unless_empty(&state.sensitive_fields),
            retired: Field::Known(*retired),
            tags: tags::own(tags.iter(), &session.default_tags, before),
            tags_all: tags.iter().collect(),
            version: document::version(self.version),
        }
    }

    fn imported(name: &EventName) -> EventTypeModel {
        EventTypeModel { name: name.as_str().into(), ..EventTypeModel::default() }
    }
}
