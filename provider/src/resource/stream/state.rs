//! The block `fanner_stream` to what the control plane is asked, and its answers to the state. Pure.

use fanner_model::{EventName, KmsKey, Phase, RoleArn, Seen, Stream, StreamName, StreamSpec, Tags, reading};

use super::StreamModel;
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextSet, Typed};
use crate::plugin::parse;
use crate::plugin::value::Object;
use crate::resource::access::{is_about, shown};
use crate::resource::{reader_role, tags};
use crate::session::Session;

pub(super) fn name(model: &StreamModel) -> Result<StreamName, Diagnostic> {
    parse::required("name", &model.name)
}

/// What is asked for, as far as it is known.
pub(super) fn spec(session: &Session, model: &StreamModel) -> Result<StreamSpec, Diagnostic> {
    Ok(StreamSpec {
        team: parse::optional("team", &model.team)?,
        description: model.description.known().cloned(),
        shard_count: parse::optional_integer("shard_count", &model.shard_count)?,
        retention_hours: parse::optional_integer("retention_hours", &model.retention_hours)?.unwrap_or_default(),
        events: parse::all("events", &model.events)?,
        purpose: parse::optional("purpose", &model.purpose)?,
        readers: parse::all("readers", &model.readers)?,
        reader_role: reader_role::asked(&model.reader_role)?,
        format: parse::optional("format", &model.format)?.unwrap_or_default(),
        partition_by: parse::optional("partition_by", &model.partition_by)?,
        kms_key_arn: parse::optional("kms_key_arn", &model.kms_key_arn)?,
        deletion_protection: model.deletion_protection.known().copied().unwrap_or_default(),
        tags: tags::merged(&session.default_tags, &model.tags)?,
    })
}

/// What is known of a change before it is made. What it leaves alone is not shown as unknown, so that a plan says no
/// more than it must.
pub(super) fn foreseen(defaults: &Tags, prior: Option<&StreamModel>, planned: &StreamModel) -> Object {
    let mut known = tags::foresee(defaults, &planned.tags);
    if planned.arn.known().is_some() && !planned.kms_key_arn.is_unknown() {
        known.insert("iam_policy_json".to_owned(), iam_policy(&planned.arn, &planned.kms_key_arn).into_value());
    }
    let role = reader_role::arn(&planned.reader_role, &planned.id, &planned.arn);
    if !role.is_unknown() {
        known.insert("reader_role_arn".to_owned(), role.into_value());
    }
    if is_active(planned) && prior.is_some_and(|prior| access_stays(prior, planned)) {
        known.insert("access".to_owned(), planned.access.clone().into_value());
    }
    if is_active(planned) && planned.open_shard_count == planned.shard_count {
        known.insert("open_shard_count".to_owned(), planned.shard_count.clone().into_value());
    }
    known
}

/// Whether nothing changes that access can depend on.
fn access_stays(prior: &StreamModel, planned: &StreamModel) -> bool {
    let facts = |of: &StreamModel| {
        let StreamModel { events, purpose, team, retention_hours, kms_key_arn, tags, .. } = of.clone();
        (events, purpose, team, retention_hours, kms_key_arn, tags)
    };
    facts(prior) == facts(planned) && is_about(&planned.access, &planned.events)
}

/// Whether the stream was as asked for when this was its state.
pub(super) fn is_active(state: &StreamModel) -> bool {
    state.status.known().is_some_and(|status| *status == parse::word(&Phase::Active))
}

/// The state after an apply: what was planned, and what has become known. What was foreseen stays as it was; if it
/// turned out otherwise, the next refresh says so.
pub(super) fn applied(stream: &Stream, planned: StreamModel) -> StreamModel {
    let seen = stream.status.seen.as_ref();
    let arn = Field::from(seen.map(|seen| seen.arn.clone()));
    let id = Field::from(stream.id.to_string().as_str());
    StreamModel {
        reader_role_arn: Field::from(reader_role::arn(&planned.reader_role, &id, &arn).into_known()),
        id,
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
pub(super) fn unclear(planned: StreamModel) -> StreamModel {
    let known = |field: Field<String>| Field::from(field.into_known());
    StreamModel {
        id: Field::Null,
        team: known(planned.team),
        tags_all: planned.tags_all.texts().collect(),
        status: parse::word(&Phase::Creating).as_str().into(),
        open_shard_count: Field::Null,
        access: Field::Null,
        iam_policy_json: Field::Null,
        reader_role_arn: Field::Null,
        arn: Field::Null,
        ..planned
    }
}

/// The state as the control plane and Kinesis have it.
pub(super) fn seen(defaults: &Tags, found: &Stream, state: &StreamModel) -> StreamModel {
    let StreamSpec {
        team: _,
        description,
        shard_count,
        retention_hours,
        events,
        purpose,
        readers,
        reader_role,
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
        reader_role: reader_role::shown(reader_role.as_ref()),
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
    Field::from(arn.known().map(|arn| reading::policy(arn, key.as_ref()).to_string()))
}
