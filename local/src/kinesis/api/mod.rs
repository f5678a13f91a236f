//! The operations of the API, one file per noun: what a caller sends becomes ours, is done, and becomes what
//! AWS would answer.

mod account;
mod consumers;
mod get;
mod page;
mod policies;
mod put;
mod settings;
mod shards;
mod streams;
mod tags;
mod target;
mod time;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::clock::Millis;
use super::error::Error;
use super::faults::Casualties;
use super::limits::Conditions;

pub(super) use target::stream_named_in;

/// What an operation needs besides its input.
pub(super) struct Call<'a> {
    pub(super) account: &'a Account,
    pub(super) now: Millis,
    pub(super) casualties: Casualties,
}

impl Call<'_> {
    fn conditions(&self) -> Conditions {
        self.account.conditions(self.now)
    }
}

/// Carries out the operation called `name` and returns the body of the answer.
pub(super) fn answer(name: &str, body: &[u8], call: &mut Call<'_>) -> Result<Vec<u8>, Error> {
    match name {
        "PutRecord" => put::put_record(call, input(body)?).and_then(output),
        "PutRecords" => put::put_records(call, input(body)?).and_then(output),
        "GetRecords" => get::get_records(call, input(body)?),
        "GetShardIterator" => get::get_shard_iterator(call, input(body)?).and_then(output),

        "CreateStream" => streams::create(call, input(body)?).map(no_output),
        "DeleteStream" => streams::delete(call, input(body)?).map(no_output),
        "DescribeStream" => streams::describe(call, input(body)?).and_then(output),
        "DescribeStreamSummary" => streams::describe_summary(call, input(body)?).and_then(output),
        "ListStreams" => streams::list(call, input(body)?).and_then(output),

        "ListShards" => shards::list(call, input(body)?).and_then(output),
        "SplitShard" => shards::split(call, input(body)?).map(no_output),
        "MergeShards" => shards::merge(call, input(body)?).map(no_output),
        "UpdateShardCount" => shards::update_count(call, input(body)?).and_then(output),

        "IncreaseStreamRetentionPeriod" => settings::increase_retention(call, input(body)?).map(no_output),
        "DecreaseStreamRetentionPeriod" => settings::decrease_retention(call, input(body)?).map(no_output),
        "UpdateStreamMode" => settings::update_mode(call, input(body)?).map(no_output),
        "UpdateMaxRecordSize" => settings::update_max_record_size(call, input(body)?).map(no_output),
        "StartStreamEncryption" => settings::start_encryption(call, input(body)?).map(no_output),
        "StopStreamEncryption" => settings::stop_encryption(call, input(body)?).map(no_output),
        "EnableEnhancedMonitoring" => settings::enable_monitoring(call, input(body)?).and_then(output),
        "DisableEnhancedMonitoring" => settings::disable_monitoring(call, input(body)?).and_then(output),

        "AddTagsToStream" => tags::add_to_stream(call, input(body)?).map(no_output),
        "RemoveTagsFromStream" => tags::remove_from_stream(call, input(body)?).map(no_output),
        "ListTagsForStream" => tags::list_for_stream(call, input(body)?).and_then(output),
        "TagResource" => tags::tag(call, input(body)?).map(no_output),
        "UntagResource" => tags::untag(call, input(body)?).map(no_output),
        "ListTagsForResource" => tags::list(call, input(body)?).and_then(output),

        "PutResourcePolicy" => policies::put(call, input(body)?).map(no_output),
        "GetResourcePolicy" => policies::get(call, input(body)?).and_then(output),
        "DeleteResourcePolicy" => policies::delete(call, input(body)?).map(no_output),

        "RegisterStreamConsumer" => consumers::register(call, input(body)?).and_then(output),
        "DeregisterStreamConsumer" => consumers::deregister(call, input(body)?).map(no_output),
        "DescribeStreamConsumer" => consumers::describe(call, input(body)?).and_then(output),
        "ListStreamConsumers" => consumers::list(call, input(body)?).and_then(output),

        "DescribeLimits" => account::describe_limits(call).and_then(output),
        "DescribeAccountSettings" => account::describe_settings().and_then(output),

        "SubscribeToShard" => {
            Err(Error::invalid("SubscribeToShard is not offered here; read the shard with GetRecords"))
        }
        unknown => Err(Error::unknown_operation(format!("operation `{unknown}` is not one of those offered here"))),
    }
}

fn input<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|cause| Error::serialization(format!("the body is not as it should be: {cause}")))
}

fn output(answer: impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(&answer).map_err(|cause| Error::internal(format!("the answer cannot be written: {cause}")))
}

fn no_output((): ()) -> Vec<u8> {
    Vec::new()
}

/// `value` if it lies in the range that the API's model states.
fn within<T: PartialOrd + std::fmt::Display>(field: &str, value: T, range: RangeInclusive<T>) -> Result<T, Error> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(Error::validation(format!("{field} is {value}; it must be from {} to {}", range.start(), range.end())))
}
