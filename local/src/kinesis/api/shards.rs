//! `ListShards`, `SplitShard`, `MergeShards` and `UpdateShardCount`.

use serde::{Deserialize, Serialize};

use super::target::Target;
use super::time::Seconds;
use super::{Call, page, within};
use crate::kinesis::error::Error;
use crate::kinesis::hash::{HashKey, HashRange};
use crate::kinesis::name::StreamName;
use crate::kinesis::sequence::{Epoch, SequenceNumber, ShardId};
use crate::kinesis::stream::{Facts, Lineage, MAX_SHARDS, ShardFilter, ShardView};

/// How many shards `ListShards` tells at once, unless asked for another number.
const PAGE: usize = 1000;

/// A shard as the API describes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Shard {
    shard_id: ShardId,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_shard_id: Option<ShardId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjacent_parent_shard_id: Option<ShardId>,
    hash_key_range: HashKeyRange,
    sequence_number_range: SequenceNumberRange,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HashKeyRange {
    starting_hash_key: HashKey,
    ending_hash_key: HashKey,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SequenceNumberRange {
    starting_sequence_number: SequenceNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending_sequence_number: Option<SequenceNumber>,
}

impl HashKeyRange {
    pub(super) fn of(range: &HashRange) -> HashKeyRange {
        HashKeyRange { starting_hash_key: range.start, ending_hash_key: range.end }
    }
}

impl Shard {
    pub(super) fn of(view: ShardView) -> Shard {
        let (parent_shard_id, adjacent_parent_shard_id) = match view.facts.lineage {
            Lineage::Original => (None, None),
            Lineage::Split { parent } => (Some(parent), None),
            Lineage::Merged { parent, adjacent } => (Some(parent), Some(adjacent)),
        };
        Shard {
            shard_id: view.facts.id,
            parent_shard_id,
            adjacent_parent_shard_id,
            hash_key_range: HashKeyRange::of(&view.facts.range),
            sequence_number_range: SequenceNumberRange {
                starting_sequence_number: view.starting,
                ending_sequence_number: view.ending,
            },
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListShards {
    #[serde(flatten)]
    target: Target,
    next_token: Option<String>,
    exclusive_start_shard_id: Option<String>,
    max_results: Option<usize>,
    stream_creation_timestamp: Option<Seconds>,
    shard_filter: Option<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    r#type: FilterType,
    shard_id: Option<String>,
    timestamp: Option<Seconds>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum FilterType {
    AfterShardId,
    AtTrimHorizon,
    FromTrimHorizon,
    AtLatest,
    AtTimestamp,
    FromTimestamp,
}

/// What is left of a listing, as its token keeps it.
#[derive(Serialize, Deserialize)]
struct Rest {
    stream: StreamName,
    epoch: Epoch,
    filter: ShardFilter,
    after: Option<ShardId>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShardPage {
    shards: Vec<Shard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list(call: &mut Call<'_>, input: ListShards) -> Result<ShardPage, Error> {
    let most = within("MaxResults", input.max_results.unwrap_or(PAGE), 1..=10_000)?;
    let mut rest = input.rest(call)?;
    let stream = call.account.stream(&rest.stream, call.now)?;
    if stream.facts().epoch != rest.epoch {
        return Err(call.account.no_stream(rest.stream.as_str()));
    }
    let (shards, more) = stream.shards(rest.filter, rest.after, most, call.now);
    rest.after = shards.last().map(|shard| shard.facts.id);
    let next_token = more.then(|| page::sealed(rest, call.now)).transpose()?;
    Ok(ShardPage { shards: shards.into_iter().map(Shard::of).collect(), next_token })
}

impl ListShards {
    /// What is to be listed: from the token, or from the beginning.
    fn rest(self, call: &Call<'_>) -> Result<Rest, Error> {
        let named = self.target.name.is_some() || self.target.arn.is_some();
        let narrowed = self.exclusive_start_shard_id.is_some() || self.stream_creation_timestamp.is_some();
        if let Some(token) = self.next_token {
            if named || narrowed || self.shard_filter.is_some() {
                return Err(Error::invalid("NextToken already says which shards: give it and MaxResults alone"));
            }
            return page::open(&token, call.now);
        }
        let name = self.target.name(call)?;
        let stream = call.account.stream(&name, call.now)?;
        let facts = stream.facts();
        if self.stream_creation_timestamp.is_some_and(|Seconds(wanted)| wanted.0 / 1000 != facts.created_at.0 / 1000) {
            return Err(call.account.no_stream(&format!("{name}, created at that time,")));
        }
        let filter = self.shard_filter.map_or(Ok(ShardFilter::All), |filter| filter.resolved(&facts, call))?;
        let after = self.exclusive_start_shard_id.map(|id| shard_id(&id)).transpose()?;
        Ok(Rest { stream: name, epoch: facts.epoch, filter, after })
    }
}

impl Filter {
    fn resolved(self, facts: &Facts, call: &Call<'_>) -> Result<ShardFilter, Error> {
        let missing = |field| Error::invalid(format!("{field} is missing: this type of ShardFilter needs it"));
        let oldest = facts.horizon(call.now).max(facts.created_at);
        let moment = self.timestamp.ok_or_else(|| missing("Timestamp")).map(|Seconds(moment)| moment.max(oldest));
        Ok(match self.r#type {
            FilterType::AfterShardId => {
                ShardFilter::After(shard_id(&self.shard_id.ok_or_else(|| missing("ShardId"))?)?)
            }
            FilterType::AtTrimHorizon => ShardFilter::At(oldest),
            FilterType::FromTrimHorizon => ShardFilter::From(oldest),
            FilterType::AtLatest => ShardFilter::AtLatest,
            FilterType::AtTimestamp => ShardFilter::At(moment?),
            FilterType::FromTimestamp => ShardFilter::From(moment?),
        })
    }
}

pub(super) fn shard_id(text: &str) -> Result<ShardId, Error> {
    text.parse().map_err(|reason: String| Error::invalid(reason))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SplitShard {
    #[serde(flatten)]
    target: Target,
    shard_to_split: String,
    new_starting_hash_key: String,
}

pub(super) fn split(call: &mut Call<'_>, input: SplitShard) -> Result<(), Error> {
    let stream = input.target.stream(call)?;
    let at = input.new_starting_hash_key.parse().map_err(|reason: String| Error::invalid(reason))?;
    ensure_room(call, 1)?;
    stream.change(|facts| facts.split(&input.shard_to_split, at, &call.conditions()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MergeShards {
    #[serde(flatten)]
    target: Target,
    shard_to_merge: String,
    adjacent_shard_to_merge: String,
}

pub(super) fn merge(call: &mut Call<'_>, input: MergeShards) -> Result<(), Error> {
    let stream = input.target.stream(call)?;
    stream.change(|facts| facts.merge(&input.shard_to_merge, &input.adjacent_shard_to_merge, &call.conditions()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateShardCount {
    #[serde(flatten)]
    target: Target,
    target_shard_count: u32,
    scaling_type: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShardCountUpdated {
    stream_name: StreamName,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    current_shard_count: u32,
    target_shard_count: u32,
}

pub(super) fn update_count(call: &mut Call<'_>, input: UpdateShardCount) -> Result<ShardCountUpdated, Error> {
    let stream_name = input.target.name(call)?;
    let stream = call.account.stream(&stream_name, call.now)?;
    let target_shard_count = within("TargetShardCount", input.target_shard_count, 1..=MAX_SHARDS)?;
    if input.scaling_type != "UNIFORM_SCALING" {
        return Err(Error::validation(format!("ScalingType `{}` must be UNIFORM_SCALING", input.scaling_type)));
    }
    let open = stream.facts().open_shards().count();
    ensure_room(call, (target_shard_count as usize).saturating_sub(open))?;
    let current_shard_count = stream.change(|facts| facts.scale(target_shard_count, &call.conditions()))?;
    let stream_arn = call.account.owner.stream_arn(&stream_name);
    Ok(ShardCountUpdated { stream_name, stream_arn, current_shard_count, target_shard_count })
}

fn ensure_room(call: &Call<'_>, more: usize) -> Result<(), Error> {
    call.account.usage(call.now).ensure_shards(more, call.conditions().limits)
}
