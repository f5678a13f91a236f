//! `fanner_stream`: a Kinesis stream of one's own, and the events that shall arrive in it.
//!
//! `schema` says what a user may write, `state` is how that and what the control plane says become one another, and
//! `apply` does it and waits.

use std::collections::BTreeMap;

use fanner_model::{Phase, PlanRequest, Stream, StreamName};

use self::state::{foreseen, is_active, name, seen, spec};
use super::access::{self, EventAccess};
use super::reader_role::{self, ReaderRoleModel};
use super::{moment, tags};
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextMap, TextSet, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::Schema;
use crate::plugin::timeouts::Timeouts;
use crate::plugin::value::Object;
use crate::problem;
use crate::session::Session;

mod apply;
mod schema;
mod state;
mod wait;

block! {
    /// The block `fanner_stream`.
    pub struct StreamModel {
        pub id: Field<String>,
        pub name: Field<String>,
        pub events: TextSet,
        pub shard_count: Field<i64>,
        pub retention_hours: Field<i64>,
        pub purpose: Field<String>,
        pub team: Field<String>,
        pub description: Field<String>,
        pub readers: TextSet,
        pub reader_role: Field<ReaderRoleModel>,
        pub format: Field<String>,
        pub partition_by: Field<String>,
        pub kms_key_arn: Field<String>,
        pub deletion_protection: Field<bool>,
        pub tags: TextMap,
        pub tags_all: TextMap,
        pub timeouts: Field<Timeouts>,
        pub arn: Field<String>,
        pub status: Field<String>,
        pub open_shard_count: Field<i64>,
        pub access: Field<BTreeMap<String, EventAccess>>,
        pub iam_policy_json: Field<String>,
        pub reader_role_arn: Field<String>,
    }
}

/// The resource type `fanner_stream`.
#[derive(Clone, Copy, Debug)]
pub struct StreamResource;

impl Resource for StreamResource {
    type Session = Session;
    type Model = StreamModel;

    const NAME: &'static str = "fanner_stream";

    fn schema(&self) -> Schema {
        let description = "A stream of your own, filled with the events that your team may have. Six lines are enough: \
                           each event is checked against what your team may have when Terraform plans, the Kinesis \
                           stream is made when it applies, and from then on the events arrive.";
        Schema { version: 0, description, attributes: schema::attributes() }
    }

    fn validate(&self, config: &StreamModel) -> Vec<Diagnostic> {
        tags::validate(&config.tags).into_iter().chain(reader_role::validate(&config.reader_role)).collect()
    }

    fn foresee(&self, session: &Session, prior: Option<&StreamModel>, planned: &StreamModel) -> Object {
        foreseen(&session.default_tags, prior, planned)
    }

    /// Anything but an active stream gets an update, which goes on waiting where the last apply stopped.
    fn is_settled(&self, prior: &StreamModel) -> bool {
        is_active(prior)
    }

    fn remarks(&self, found: &StreamModel) -> Vec<Diagnostic> {
        access::remarks(&found.access, None, moment::now())
    }

    async fn review(
        &self,
        context: &Context<Session>,
        prior: Option<&StreamModel>,
        planned: &StreamModel,
    ) -> Vec<Diagnostic> {
        if planned.name.is_unknown() {
            return Vec::new();
        }
        let request = match (name(planned), spec(&context.session, planned)) {
            (Ok(name), Ok(spec)) => PlanRequest::Stream { name, spec },
            (Err(wrong), _) | (_, Err(wrong)) => return wrong.into(),
        };
        let before = prior.and_then(|prior| parse::all("events", &prior.events).ok()).unwrap_or_default();
        match context.session.client.plan(&request).await {
            Ok(answer) => access::review(&answer, &before, StreamModel::ATTRIBUTES),
            Err(error) => problem::diagnostic(&error, StreamModel::ATTRIBUTES).into(),
        }
    }

    fn refuse_destroy(&self, prior: &StreamModel) -> Option<Diagnostic> {
        let name = prior.name.known().map_or("", String::as_str);
        let detail = format!(
            "Stream `{name}` must not be destroyed or replaced while `deletion_protection` is on, since its records would \
             be lost. If you mean it, set `deletion_protection = false`, apply, and then do this."
        );
        let refusal = Diagnostic::error("The stream is protected", detail).at("deletion_protection");
        (prior.deletion_protection == Field::Known(true)).then_some(refusal)
    }

    async fn create(&self, context: &Context<Session>, planned: StreamModel) -> Applied<StreamModel> {
        apply::create(context, planned).await
    }

    async fn read(
        &self,
        context: &Context<Session>,
        state: StreamModel,
    ) -> Result<Option<StreamModel>, Vec<Diagnostic>> {
        let name = name(&state)?;
        if !apply::is_ours(context, &name, &state).await? {
            return Ok(None);
        }
        match context.session.find::<Stream>(name.as_str()).await {
            // Somebody deleted it in Kinesis: Terraform shall plan it anew.
            Ok(Some(found)) if found.status.phase == Phase::Missing => Ok(None),
            Ok(found) => Ok(found.map(|found| seen(&context.session.default_tags, found, &state))),
            Err(error) => Err(problem::diagnostic(error, StreamModel::ATTRIBUTES).into()),
        }
    }

    async fn update(
        &self,
        context: &Context<Session>,
        prior: StreamModel,
        planned: StreamModel,
    ) -> Applied<StreamModel> {
        apply::update(context, prior, planned).await
    }

    async fn delete(&self, context: &Context<Session>, prior: StreamModel) -> Result<(), Vec<Diagnostic>> {
        apply::delete(context, prior).await
    }

    fn import(&self, id: &str) -> Result<StreamModel, Diagnostic> {
        match id.parse::<StreamName>() {
            Ok(name) => Ok(StreamModel { name: name.as_str().into(), ..StreamModel::default() }),
            Err(error) => Err(Diagnostic::error("Import takes a stream's name", error)),
        }
    }
}
