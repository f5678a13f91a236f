//! Streams as such: create, delete, describe, list.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::shards::{Shard, shard_id};
use super::target::Target;
use super::time::Seconds;
use super::{Call, page, within};
use crate::kinesis::error::Error;
use crate::kinesis::name::StreamName;
use crate::kinesis::stream::{Capacity, Facts, MAX_SHARDS, Metric, Mode, NewStream, ShardFilter, tags};

/// How many streams or shards are told at once, unless asked for another number.
const PAGE: usize = 100;

/// The sizes that the largest record of a stream can be set to, in KiB.
pub(super) const MAX_RECORD_KIB: std::ops::RangeInclusive<u32> = 1024..=10_240;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ModeDetails {
    pub(super) stream_mode: Mode,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateStream {
    stream_name: String,
    shard_count: Option<u32>,
    stream_mode_details: Option<ModeDetails>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_kib: Option<u32>,
}

pub(super) fn create(call: &mut Call<'_>, input: CreateStream) -> Result<(), Error> {
    let mode = input.stream_mode_details.map_or(Mode::Provisioned, |details| details.stream_mode);
    let capacity = match (mode, input.shard_count) {
        (Mode::Provisioned, Some(shards)) => {
            Capacity::Provisioned { shards: within("ShardCount", shards, 1..=MAX_SHARDS)? }
        }
        (Mode::OnDemand, None) => Capacity::OnDemand,
        (Mode::Provisioned, None) => {
            return Err(Error::validation("ShardCount is missing: a provisioned stream needs it"));
        }
        (Mode::OnDemand, Some(_)) => {
            return Err(Error::validation(
                "ShardCount cannot be set: Kinesis chooses the shards of an on-demand stream",
            ));
        }
    };
    let max_record_kib =
        within("MaxRecordSizeInKiB", input.max_record_kib.unwrap_or(*MAX_RECORD_KIB.start()), MAX_RECORD_KIB)?;
    let mut checked_tags = BTreeMap::new();
    tags::add(&mut checked_tags, input.tags)?;
    let new = NewStream { name: input.stream_name.parse()?, capacity, max_record_kib, tags: checked_tags };
    call.account.create(new, call.now)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteStream {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    enforce_consumer_deletion: bool,
}

pub(super) fn delete(call: &mut Call<'_>, input: DeleteStream) -> Result<(), Error> {
    let stream = input.target.stream(call)?;
    stream.change(|facts| facts.delete(input.enforce_consumer_deletion, &call.conditions()))
}

/// What all descriptions of a stream have in common.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Common {
    stream_name: StreamName,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    stream_status: &'static str,
    stream_mode_details: ModeDetails,
    stream_creation_timestamp: Seconds,
}

/// What `DescribeStream` and `DescribeStreamSummary` have in common.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    #[serde(flatten)]
    common: Common,
    retention_period_hours: u32,
    enhanced_monitoring: [EnhancedMetrics; 1],
    encryption_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EnhancedMetrics {
    shard_level_metrics: BTreeSet<Metric>,
}

impl Common {
    fn of(facts: &Facts, call: &Call<'_>) -> Common {
        Common {
            stream_name: facts.name.clone(),
            stream_arn: call.account.owner.stream_arn(&facts.name),
            stream_status: facts.status(call.now).text(),
            stream_mode_details: ModeDetails { stream_mode: facts.mode },
            stream_creation_timestamp: Seconds(facts.created_at),
        }
    }
}

impl Details {
    fn of(facts: &Facts, call: &Call<'_>) -> Details {
        Details {
            common: Common::of(facts, call),
            retention_period_hours: facts.retention_hours,
            enhanced_monitoring: [EnhancedMetrics { shard_level_metrics: facts.monitoring.clone() }],
            encryption_type: if facts.kms_key.is_some() { "KMS" } else { "NONE" },
            key_id: facts.kms_key.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeStream {
    #[serde(flatten)]
    target: Target,
    limit: Option<usize>,
    exclusive_start_shard_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StreamDescribed {
    stream_description: Description,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(flatten)]
    details: Details,
    shards: Vec<Shard>,
    has_more_shards: bool,
}

pub(super) fn describe(call: &mut Call<'_>, input: DescribeStream) -> Result<StreamDescribed, Error> {
    let stream = input.target.stream(call)?;
    let most = within("Limit", input.limit.unwrap_or(PAGE), 1..=10_000)?;
    let after = input.exclusive_start_shard_id.as_deref().map(shard_id).transpose()?;
    let details = Details::of(&stream.facts(), call);
    let (shards, has_more_shards) = stream.shards(ShardFilter::All, after, most, call.now);
    let shards = shards.into_iter().map(Shard::of).collect();
    Ok(StreamDescribed { stream_description: Description { details, shards, has_more_shards } })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SummaryDescribed {
    stream_description_summary: Summary,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(flatten)]
    details: Details,
    open_shard_count: usize,
    consumer_count: usize,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_kib: u32,
}

pub(super) fn describe_summary(call: &mut Call<'_>, target: Target) -> Result<SummaryDescribed, Error> {
    let stream = target.stream(call)?;
    let facts = stream.facts();
    let summary = Summary {
        details: Details::of(&facts, call),
        open_shard_count: facts.visible_shards(call.now).filter(|shard| shard.is_open()).count(),
        consumer_count: facts.consumers.len(),
        max_record_kib: facts.max_record_kib,
    };
    Ok(SummaryDescribed { stream_description_summary: summary })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListStreams {
    limit: Option<usize>,
    exclusive_start_stream_name: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StreamPage {
    stream_names: Vec<StreamName>,
    has_more_streams: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    stream_summaries: Vec<Common>,
}

pub(super) fn list(call: &mut Call<'_>, input: ListStreams) -> Result<StreamPage, Error> {
    let most = within("Limit", input.limit.unwrap_or(PAGE), 1..=10_000)?;
    let after: Option<StreamName> = match (&input.next_token, &input.exclusive_start_stream_name) {
        (Some(_), Some(_)) => return Err(Error::invalid("give NextToken or ExclusiveStartStreamName, not both")),
        (Some(token), None) => page::open(token, call.now)?,
        (None, name) => name.as_deref().map(str::parse).transpose()?,
    };
    let streams = call.account.streams(call.now);
    let mut behind = streams
        .iter()
        .map(|stream| Common::of(&stream.facts(), call))
        .filter(|it| after.as_ref() < Some(&it.stream_name));
    let stream_summaries: Vec<Common> = behind.by_ref().take(most).collect();
    let has_more_streams = behind.next().is_some();
    let stream_names: Vec<StreamName> = stream_summaries.iter().map(|summary| summary.stream_name.clone()).collect();
    let next_token = has_more_streams.then(|| page::sealed(stream_names.last(), call.now)).transpose()?;
    Ok(StreamPage { stream_names, has_more_streams, next_token, stream_summaries })
}
