//! `fanner_stream`: a Kinesis stream of one's own, and the events that shall arrive in it.

use std::collections::BTreeMap;
use std::time::Duration;

use fanner_client::{Error, Precondition};
use fanner_model::{
    Code, EventName, Format, KmsKey, PartitionBy, Phase, PlanRequest, Purpose, RetentionHours, RoleArn, Seen,
    ShardCount, Stream, StreamName, StreamSpec, Tags, TeamName,
};

use super::access::{self, EventAccess, is_about, shown};
use super::wait::{Settled, Unfinished, settled};
use super::{reader_policy, tags};
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextMap, TextSet, Typed, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
use crate::plugin::timeouts::{self, Timeouts};
use crate::plugin::value::Object;
use crate::problem;
use crate::session::Session;

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
        Schema { version: 0, description, attributes: [arguments(), results()].concat() }
    }

    fn validate(&self, config: &StreamModel) -> Vec<Diagnostic> {
        tags::validate(&config.tags).into_iter().collect()
    }

    /// What a change leaves alone is not shown as unknown, so that a plan says no more than it must.
    fn foresee(&self, session: &Session, planned: &StreamModel) -> Object {
        let mut known = tags::foresee(&session.default_tags, &planned.tags);
        if planned.arn.known().is_some() && !planned.kms_key_arn.is_unknown() {
            known.insert("iam_policy_json".to_owned(), iam_policy(&planned.arn, &planned.kms_key_arn).into_value());
        }
        if self.is_settled(planned) && is_about(&planned.access, &planned.events) {
            known.insert("access".to_owned(), planned.access.clone().into_value());
        }
        if self.is_settled(planned) && planned.open_shard_count == planned.shard_count {
            known.insert("open_shard_count".to_owned(), planned.shard_count.clone().into_value());
        }
        known
    }

    /// Anything but an active stream gets an update, which goes on waiting where the last apply stopped.
    fn is_settled(&self, prior: &StreamModel) -> bool {
        prior.status.known().is_some_and(|status| *status == parse::word(&Phase::Active))
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
        let (name, spec) = match name(&planned).and_then(|name| Ok((name, spec(&context.session, &planned)?))) {
            Ok(request) => request,
            Err(wrong) => return Applied::failed(wrong),
        };
        match context.session.client.put_stream(&name, &spec, Precondition::Absent).await {
            Err(error) if !problem::is_open(&error) => Applied::failed(creation_refused(&name, &error)),
            asked => created(context, &name, asked, planned).await,
        }
    }

    async fn read(
        &self,
        context: &Context<Session>,
        state: StreamModel,
    ) -> Result<Option<StreamModel>, Vec<Diagnostic>> {
        let name = name(&state)?;
        match context.session.stream(name.as_str()).await {
            // Somebody deleted it in Kinesis: Terraform shall plan it anew.
            Ok(Some(found)) if found.status.phase == Phase::Missing => Ok(None),
            Ok(found) => Ok(found.map(|found| seen(&context.session.default_tags, found, &state))),
            Err(error) => Err(problem::diagnostic(error, StreamModel::ATTRIBUTES).into()),
        }
    }

    async fn update(&self, context: &Context<Session>, _: StreamModel, planned: StreamModel) -> Applied<StreamModel> {
        let (name, spec) = match name(&planned).and_then(|name| Ok((name, spec(&context.session, &planned)?))) {
            Ok(request) => request,
            Err(wrong) => return Applied::failed(wrong),
        };
        let asked = match context.session.client.put_stream(&name, &spec, Precondition::None).await {
            Ok(stream) => stream,
            Err(error) => return Applied::failed(problem::diagnostic(&error, StreamModel::ATTRIBUTES)),
        };
        let limit = timeouts::or(planned.timeouts.known().map(|timeouts| &timeouts.update), UPDATE);
        match settled(context, &name, limit).await {
            Settled::Ready(stream) => Applied::done(applied(&stream, planned)),
            Settled::Failed(stream) => {
                let error = Diagnostic::error("The stream could not be changed", reason(&stream));
                Applied::done_with(applied(&stream, planned), error)
            }
            Settled::Gone => Applied::failed(gone(&name)),
            Settled::Unfinished(why) => {
                let error = Diagnostic::error("The stream is not as asked for yet", resumable(&name, &why));
                Applied::done_with(applied(&asked, planned), error)
            }
        }
    }

    async fn delete(&self, context: &Context<Session>, prior: StreamModel) -> Result<(), Vec<Diagnostic>> {
        let name = name(&prior)?;
        match context.session.client.delete_stream(&name).await {
            Ok(()) => (),
            // An earlier apply asked already, and was interrupted.
            Err(error) if error.problem().is_some_and(|problem| problem.code == Code::Deleting) => (),
            Err(error) => return Err(problem::diagnostic(&error, StreamModel::ATTRIBUTES).into()),
        }
        let limit = timeouts::or(prior.timeouts.known().map(|timeouts| &timeouts.delete), DELETE);
        match settled(context, &name, limit).await {
            Settled::Gone => Ok(()),
            Settled::Failed(stream) | Settled::Ready(stream) => {
                Err(Diagnostic::error("The stream could not be deleted", reason(&stream)).into())
            }
            Settled::Unfinished(why) => {
                Err(Diagnostic::error("The stream is still being deleted", resumable(&name, &why)).into())
            }
        }
    }

    fn import(&self, id: &str) -> Result<StreamModel, Diagnostic> {
        match id.parse::<StreamName>() {
            Ok(name) => Ok(StreamModel { name: name.as_str().into(), ..StreamModel::default() }),
            Err(error) => Err(Diagnostic::error("Import takes a stream's name", error)),
        }
    }
}

/// How long to wait where `timeouts` says nothing. Kinesis doubles or halves a stream at most per step, so a large
/// change takes its time.
const CREATE: Duration = Duration::from_secs(10 * 60);
const UPDATE: Duration = Duration::from_secs(60 * 60);
const DELETE: Duration = Duration::from_secs(10 * 60);

fn arguments() -> Vec<Attribute> {
    let [tags, tags_all] = tags::attributes();
    vec![
        Attribute::text(
            "name",
            "The stream's name, in fanner and in Kinesis: `a-z`, `A-Z`, `0-9`, `_`, `.` and `-`, at most 128 characters. \
             Another name is another stream.",
        )
        .required()
        .replaces()
        .parsed_as::<StreamName>(),
        Attribute::set_of_text(
            "events",
            "The events to receive, by name. Name one that is declared in the same configuration by its `id` \
             (`fanner_event_type.card_swiped.id`), so that it is declared first.",
        )
        .parsed_as::<EventName>(),
        Attribute::integer(
            "shard_count",
            "How many shards the stream has, 1 to 10000. Each takes 1,000 records or 1 MB a second. Changes in place, in \
             steps. Left out, Kinesis scales the stream by itself (on-demand).",
        )
        .parsed_as::<ShardCount>(),
        Attribute::integer(
            "retention_hours",
            "How long a record stays readable, 24 to 8760 hours. Changes in place.",
        )
        .or(i64::from(RetentionHours::default()))
        .parsed_as::<RetentionHours>(),
        Attribute::text("purpose", "What the events are used for, such as `fraud-detection`.").parsed_as::<Purpose>(),
        Attribute::text("team", "The team that owns the stream. Left out, it is the caller's.")
            .or_computed()
            .stable()
            .parsed_as::<TeamName>(),
        Attribute::text("description", "What the stream is for, for other people."),
        Attribute::set_of_text("readers", "IAM roles, by ARN, that may read the stream.").parsed_as::<RoleArn>(),
        Attribute::text(
            "format",
            "What a record's data is: `payload`, the bytes exactly as they were produced, or `envelope`, the whole \
             `fanner.v1.Envelope`. Either way the partition key is `<event_name>/<event_id>`.",
        )
        .or(parse::word(&Format::default()).as_str())
        .parsed_as::<Format>(),
        Attribute::text(
            "partition_by",
            "Whose events stay in order: `user_id` or `device_id`. Left out, records spread evenly.",
        )
        .parsed_as::<PartitionBy>(),
        Attribute::text("kms_key_arn", "The KMS key that encrypts the stream, by ARN or as `alias/…`.")
            .parsed_as::<KmsKey>(),
        Attribute::bool(
            "deletion_protection",
            "Whether Terraform refuses to destroy or replace the stream. Switch it off in an apply of its own first.",
        )
        .or(false),
        tags,
        timeouts::attribute("How long to wait. What is not ready by then is waited for again by the next apply."),
        tags_all,
    ]
}

fn results() -> Vec<Attribute> {
    vec![
        Attribute::text("id", "Identifies the stream; one that is made anew under the same name has another.")
            .computed()
            .stable(),
        Attribute::text("arn", "The Kinesis stream's ARN.").computed().stable(),
        Attribute::text(
            "status",
            "`active`: as asked for, and fed. `creating`, `updating` and `deleting`: on its way. `failed`: somebody must act.",
        )
        .computed(),
        Attribute::integer("open_shard_count", "How many shards take records now; Kinesis sets it when on-demand.").computed(),
        access::attribute(),
        Attribute::text("iam_policy_json", "An IAM policy that allows reading the stream, to attach to a role.").computed(),
    ]
}

fn name(model: &StreamModel) -> Result<StreamName, Diagnostic> {
    parse::required("name", &model.name)
}

/// What is asked for, as far as it is known.
fn spec(session: &Session, model: &StreamModel) -> Result<StreamSpec, Diagnostic> {
    Ok(StreamSpec {
        team: parse::optional("team", &model.team)?,
        description: model.description.known().cloned(),
        shard_count: parse::optional_integer("shard_count", &model.shard_count)?,
        retention_hours: parse::optional_integer("retention_hours", &model.retention_hours)?.unwrap_or_default(),
        events: parse::all("events", &model.events)?,
        purpose: parse::optional("purpose", &model.purpose)?,
        readers: parse::all("readers", &model.readers)?,
        format: parse::optional("format", &model.format)?.unwrap_or_default(),
        partition_by: parse::optional("partition_by", &model.partition_by)?,
        kms_key_arn: parse::optional("kms_key_arn", &model.kms_key_arn)?,
        deletion_protection: model.deletion_protection.known().copied().unwrap_or_default(),
        tags: tags::merged(&session.default_tags, &model.tags)?,
    })
}

/// How a creation ends that the control plane has accepted, or may have.
///
/// Terraform destroys a new object whose creation failed. So there is an error only when there is nothing to destroy;
/// a stream that exists is kept, with a warning and a status that make the next apply go on.
async fn created(
    context: &Context<Session>,
    name: &StreamName,
    asked: Result<Stream, Error>,
    planned: StreamModel,
) -> Applied<StreamModel> {
    let limit = timeouts::or(planned.timeouts.known().map(|timeouts| &timeouts.create), CREATE);
    match (settled(context, name, limit).await, asked) {
        (Settled::Ready(stream), _) => Applied::done(applied(&stream, planned)),
        (Settled::Failed(stream), _) if stream.status.seen.is_none() => withdrawn(context, &stream, planned).await,
        (Settled::Failed(stream), _) => {
            let warning = Diagnostic::warning("The stream is not ready", reason(&stream));
            Applied::done_with(applied(&stream, planned), warning)
        }
        (Settled::Gone, Ok(_)) => Applied::failed(gone(name)),
        (Settled::Gone, Err(error)) => Applied::failed(problem::diagnostic(&error, StreamModel::ATTRIBUTES)),
        (Settled::Unfinished(why), asked) => {
            let state = match &asked {
                Ok(stream) => applied(stream, planned),
                Err(_) => unclear(planned),
            };
            Applied::done_with(state, Diagnostic::warning("The stream is not ready yet", resumable(name, &why)))
        }
    }
}

/// Takes back the request for a stream that Kinesis never made, so that nothing is left behind.
async fn withdrawn(context: &Context<Session>, failed: &Stream, planned: StreamModel) -> Applied<StreamModel> {
    match context.session.client.delete_stream(&failed.name).await {
        Ok(()) => Applied::failed(Diagnostic::error("The stream could not be created", reason(failed))),
        Err(error) => {
            let words = format!("{} It could not be taken back either: {error}.", reason(failed));
            Applied::done_with(applied(failed, planned), Diagnostic::warning("The stream could not be created", words))
        }
    }
}

fn creation_refused(name: &StreamName, error: &Error) -> Diagnostic {
    let diagnostic = problem::diagnostic(error, StreamModel::ATTRIBUTES);
    match error.problem() {
        Some(problem) if problem.code == Code::AlreadyExists => {
            let hint = format!("If it is to be managed here, import it by its name, `{name}`.");
            Diagnostic { detail: format!("{} {hint}", diagnostic.detail), ..diagnostic }.at("name")
        }
        _ => diagnostic,
    }
}

fn gone(name: &StreamName) -> Diagnostic {
    Diagnostic::error("The stream is gone", format!("Somebody deleted stream `{name}` while it was being applied."))
}

/// Why a stream is not ready, and that nothing is lost.
fn resumable(name: &StreamName, why: &Unfinished) -> String {
    format!("Stream `{name}` is still on its way: {why}. The next apply goes on from here.")
}

fn reason(stream: &Stream) -> String {
    match &stream.status.reason {
        Some(reason) => reason.clone(),
        None => format!("The control plane gives no reason; its log has the name `{}`.", stream.name),
    }
}

/// The state after an apply: what was planned, and what has become known. What was foreseen stays as it was; if it
/// turned out otherwise, the next refresh says so.
fn applied(stream: &Stream, planned: StreamModel) -> StreamModel {
    let seen = stream.status.seen.as_ref();
    let arn = Field::from(seen.map(|seen| seen.arn.clone()));
    StreamModel {
        id: stream.id.to_string().as_str().into(),
        team: stream.team.as_str().into(),
        tags_all: stream.spec.tags.iter().collect(),
        status: status(stream).as_str().into(),
        open_shard_count: planned.open_shard_count.or(seen.map(|seen| seen.open_shard_count.into())),
        access: planned.access.or(Some(shown(&stream.access))),
        iam_policy_json: iam_policy(&arn, &planned.kms_key_arn),
        arn,
        ..planned
    }
}

/// The state of a stream that may have been asked for; reading it tells.
fn unclear(planned: StreamModel) -> StreamModel {
    let known = |field: Field<String>| Field::from(field.into_known());
    StreamModel {
        id: Field::Null,
        team: known(planned.team),
        tags_all: planned.tags_all.texts().collect(),
        status: parse::word(&Phase::Creating).as_str().into(),
        open_shard_count: Field::Null,
        access: Field::Null,
        iam_policy_json: Field::Null,
        arn: Field::Null,
        ..planned
    }
}

/// The state as the control plane and Kinesis have it.
fn seen(defaults: &Tags, found: &Stream, state: &StreamModel) -> StreamModel {
    let StreamSpec {
        team: _,
        description,
        shard_count,
        retention_hours,
        events,
        purpose,
        readers,
        format,
        partition_by,
        kms_key_arn,
        deletion_protection,
        tags,
    } = &found.spec;
    let text = |text: Option<String>| Field::from(text);
    let asked = StreamModel {
        name: found.name.as_str().into(),
        events: events.iter().map(EventName::as_str).collect::<TextSet>().unless_empty(&state.events),
        shard_count: shard_count.map(i64::from).into(),
        retention_hours: Field::Known((*retention_hours).into()),
        purpose: text(purpose.clone().map(String::from)),
        description: text(description.clone()),
        readers: readers.iter().map(RoleArn::as_str).collect::<TextSet>().unless_empty(&state.readers),
        format: parse::word(format).as_str().into(),
        partition_by: text(partition_by.map(|by| parse::word(&by))),
        kms_key_arn: text(kms_key_arn.clone().map(String::from)),
        deletion_protection: Field::Known(*deletion_protection),
        tags: tags::own(tags.iter(), defaults, (&state.tags, &state.tags_all)),
        timeouts: state.timeouts.clone(),
        ..StreamModel::default()
    };
    let asked = applied(found, asked);
    match &found.status.seen {
        // On its way, what is seen differs from what is asked for, and should.
        Some(seen) if found.is_ready() => drifted(defaults, seen, state, asked),
        _ => asked,
    }
}

/// What somebody changed in Kinesis behind our back, in place of what was asked for. A provisioned stream's number of
/// shards is not among it: that may be an autoscaler's doing.
fn drifted(defaults: &Tags, seen: &Seen, state: &StreamModel, asked: StreamModel) -> StreamModel {
    let tags = || seen.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let shard_count = match (seen.on_demand, &asked.shard_count) {
        (true, _) => Field::Null,
        (false, Field::Known(count)) => Field::Known(*count),
        (false, _) => Field::Known(seen.open_shard_count.into()),
    };
    StreamModel {
        shard_count,
        retention_hours: Field::Known(seen.retention_hours.into()),
        tags: tags::own(tags(), defaults, (&state.tags, &state.tags_all)),
        tags_all: tags().collect(),
        ..asked
    }
}

/// The phase, except that a change which Kinesis has not caught up with is never active.
fn status(stream: &Stream) -> String {
    let phase = match stream.status.phase {
        Phase::Active if !stream.is_ready() => Phase::Updating,
        phase => phase,
    };
    parse::word(&phase)
}

fn iam_policy(arn: &Field<String>, kms_key: &Field<String>) -> Field<String> {
    let key = parse::optional::<KmsKey>("kms_key_arn", kms_key).ok().flatten();
    Field::from(arn.known().map(|arn| reader_policy::json(arn, key.as_ref())))
}
