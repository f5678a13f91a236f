//! `fanner_subscription`: further events for a stream, with a purpose and an end of their own.

use std::collections::BTreeMap;

use fanner_client::{IdempotencyKey, Precondition};
use fanner_model::{
    Code, EventName, FieldPath, PlanAnswer, PlanRequest, Purpose, StreamName, Subscription, SubscriptionId,
    SubscriptionSpec,
};
use jiff::Timestamp;

use super::access::{self, EventAccess, is_about, shown};
use super::creation::{self, answered};
use super::moment;
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextSet, Typed, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
use crate::plugin::timeouts::Deadline;
use crate::plugin::value::Object;
use crate::problem;
use crate::session::Session;

block! {
    /// The block `fanner_subscription`.
    pub struct SubscriptionModel {
        pub id: Field<String>,
        pub stream: Field<String>,
        pub events: TextSet,
        pub purpose: Field<String>,
        pub mask: TextSet,
        pub expires_at: Field<String>,
        pub status: Field<String>,
        pub access: Field<BTreeMap<String, EventAccess>>,
    }
}

/// The resource type `fanner_subscription`.
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionResource;

impl Resource for SubscriptionResource {
    type Session = Session;
    type Model = SubscriptionModel;

    const NAME: &'static str = "fanner_subscription";

    fn schema(&self) -> Schema {
        let attributes = vec![
            Attribute::text(
                "stream",
                "The name of the stream that receives the events. Another stream is another subscription.",
            )
            .required()
            .replaces()
            .parsed_as::<StreamName>(),
            Attribute::set_of_text("events", "The events to receive, by name.").required().parsed_as::<EventName>(),
            Attribute::text("purpose", "What the events are used for, such as `fraud-detection`.")
                .parsed_as::<Purpose>(),
            Attribute::set_of_text(
                "mask",
                "The fields of the payloads that the stream does without, such as `member.email`: they arrive as `null`. An \
                 event with a field that needs care may be had without that field.",
            )
            .parsed_as::<FieldPath>(),
            Attribute::text(
                "expires_at",
                "When the subscription ends, such as `2027-01-31T00:00:00Z`. From then on it delivers nothing. Left \
                 out, it does not end.",
            )
            .parsed_as::<Timestamp>(),
            Attribute::text("id", "The subscription's id, by which it is imported.").computed().stable(),
            Attribute::text("status", "`active`, or `expired`.").computed(),
            access::attribute(),
        ];
        let description = "Further events for a stream, beside the stream's own `events`: with a purpose and an end of \
                           their own. A stream receives the union of its subscriptions.";
        Schema { version: 0, description, attributes }
    }

    /// What a change leaves alone is not shown as unknown.
    fn foresee(&self, _: &Session, prior: Option<&SubscriptionModel>, planned: &SubscriptionModel) -> Object {
        match prior.is_some_and(|prior| access_stays(prior, planned)) {
            true => Object::from([("access".to_owned(), planned.access.clone().into_value())]),
            false => Object::new(),
        }
    }

    fn remarks(&self, found: &SubscriptionModel) -> Vec<Diagnostic> {
        access::remarks(&found.access, moment::read(&found.expires_at), moment::now())
    }

    async fn review(
        &self,
        context: &Context<Session>,
        prior: Option<&SubscriptionModel>,
        planned: &SubscriptionModel,
    ) -> Vec<Diagnostic> {
        if planned.stream.is_unknown() {
            return Vec::new();
        }
        let request = match (parse::optional("id", &planned.id), spec(planned)) {
            (Ok(id), Ok(spec)) => PlanRequest::Subscription { id, spec },
            (Err(wrong), _) | (_, Err(wrong)) => return wrong.into(),
        };
        let before = prior.and_then(|prior| parse::all("events", &prior.events).ok()).unwrap_or_default();
        match context.session.client.plan(&request).await {
            Ok(answer) => access::review(&without_missing_stream(answer), &before, SubscriptionModel::ATTRIBUTES),
            Err(error) => problem::diagnostic(&error, SubscriptionModel::ATTRIBUTES).into(),
        }
    }

    async fn create(&self, context: &Context<Session>, planned: SubscriptionModel) -> Applied<SubscriptionModel> {
        let (id, spec) = match spec(&planned) {
            Ok(spec) => (SubscriptionId::random(), spec),
            Err(wrong) => return Applied::failed(wrong),
        };
        let guard = creation::guard(IdempotencyKey::random());
        let attempt = || context.session.client.put_subscription(id, &spec, guard);
        match answered(context, Deadline::after(creation::PATIENCE), attempt).await {
            Ok(made) => Applied::done(applied(&made, planned)),
            Err(failure) => {
                let (what, id) = (format!("subscription `{id}`"), id.to_string().as_str().into());
                let unclear = SubscriptionModel { id, status: Field::Null, access: Field::Null, ..planned };
                creation::perhaps(&failure, &what, SubscriptionModel::ATTRIBUTES, unclear)
            }
        }
    }

    async fn read(
        &self,
        context: &Context<Session>,
        state: SubscriptionModel,
    ) -> Result<Option<SubscriptionModel>, Vec<Diagnostic>> {
        let id: SubscriptionId = parse::required("id", &state.id)?;
        match context.session.find::<Subscription>(&id.to_string()).await {
            Ok(found) => Ok(found.map(|found| seen(found, &state))),
            Err(error) => Err(problem::diagnostic(error, SubscriptionModel::ATTRIBUTES).into()),
        }
    }

    async fn update(
        &self,
        context: &Context<Session>,
        prior: SubscriptionModel,
        planned: SubscriptionModel,
    ) -> Applied<SubscriptionModel> {
        let (id, spec) = match parse::required("id", &prior.id).and_then(|id| Ok((id, spec(&planned)?))) {
            Ok(request) => request,
            Err(wrong) => return Applied::failed(wrong),
        };
        match context.session.client.put_subscription(id, &spec, Precondition::None).await {
            Ok(made) => Applied::done(applied(&made, planned)),
            Err(error) => Applied::failed(problem::diagnostic(&error, SubscriptionModel::ATTRIBUTES)),
        }
    }

    async fn delete(&self, context: &Context<Session>, prior: SubscriptionModel) -> Result<(), Vec<Diagnostic>> {
        let deleted = context.session.client.delete_subscription(parse::required("id", &prior.id)?).await;
        deleted.map_err(|error| problem::diagnostic(&error, SubscriptionModel::ATTRIBUTES).into())
    }

    fn import(&self, id: &str) -> Result<SubscriptionModel, Diagnostic> {
        match id.parse::<SubscriptionId>() {
            Ok(_) => Ok(SubscriptionModel { id: id.into(), ..SubscriptionModel::default() }),
            Err(error) => Err(Diagnostic::error("Import takes a subscription's id", error)),
        }
    }
}

/// What is asked for, as far as it is known.
fn spec(model: &SubscriptionModel) -> Result<SubscriptionSpec, Diagnostic> {
    Ok(SubscriptionSpec {
        stream: parse::required("stream", &model.stream)?,
        events: parse::all("events", &model.events)?,
        purpose: parse::optional("purpose", &model.purpose)?,
        mask: parse::all("mask", &model.mask)?,
        expires_at: parse::optional("expires_at", &model.expires_at)?,
    })
}

/// Whether nothing changes that access can depend on.
fn access_stays(prior: &SubscriptionModel, planned: &SubscriptionModel) -> bool {
    let facts = |of: &SubscriptionModel| {
        let SubscriptionModel { stream, events, purpose, mask, expires_at, .. } = of.clone();
        (stream, events, purpose, mask, expires_at)
    };
    facts(prior) == facts(planned) && is_about(&planned.access, &planned.events)
}

/// The state after an apply: what was planned, and what has become known.
fn applied(made: &Subscription, planned: SubscriptionModel) -> SubscriptionModel {
    SubscriptionModel {
        id: made.id.to_string().as_str().into(),
        status: parse::word(&made.status).as_str().into(),
        access: planned.access.or(Some(shown(&made.access))),
        ..planned
    }
}

/// The state as the control plane has it.
fn seen(found: &Subscription, state: &SubscriptionModel) -> SubscriptionModel {
    let SubscriptionSpec { stream, events, purpose, mask, expires_at } = &found.spec;
    let before = state.expires_at.known().map(String::as_str);
    SubscriptionModel {
        id: found.id.to_string().as_str().into(),
        stream: stream.as_str().into(),
        events: events.iter().map(EventName::as_str).collect::<TextSet>(),
        purpose: purpose.clone().map(String::from).into(),
        mask: mask.iter().map(FieldPath::as_str).collect::<TextSet>().unless_empty(&state.mask),
        expires_at: expires_at.map(|moment| moment::written(moment, before)).into(),
        status: parse::word(&found.status).as_str().into(),
        access: Field::Known(shown(&found.access)),
    }
}

/// The stream may be one that the same apply creates, before the subscription.
fn without_missing_stream(mut answer: PlanAnswer) -> PlanAnswer {
    answer.problems.retain(|problem| problem.code != Code::NotFound);
    answer
}
