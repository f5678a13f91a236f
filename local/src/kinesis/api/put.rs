//! `PutRecord` and `PutRecords`.

use serde::{Deserialize, Serialize};

use super::target::Target;
use super::{Call, within};
use crate::kinesis::error::Error;
use crate::kinesis::sequence::{SequenceNumber, ShardId};
use crate::kinesis::stream::{Entry, Placement};

/// The most records of one `PutRecords`.
const MOST_RECORDS: usize = 500;

const ENCRYPTED: &str = "KMS";

/// `SequenceNumberForOrdering` is not looked at: here every record's number is above those before it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutRecord<'a> {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(flatten, borrow)]
    entry: Entry<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RecordPut {
    shard_id: ShardId,
    sequence_number: SequenceNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_type: Option<&'static str>,
}

pub(super) fn put_record(call: &mut Call<'_>, input: PutRecord<'_>) -> Result<RecordPut, Error> {
    let stream = Target { name: input.stream_name, arn: input.stream_arn }.stream(call)?;
    let encryption_type = stream.facts().kms_key.is_some().then_some(ENCRYPTED);
    let placement = stream.put(&[input.entry], call.now, &mut call.casualties)?;
    match placement[..] {
        [Placement::Stored(sequence_number)] => {
            Ok(RecordPut { shard_id: sequence_number.shard, sequence_number, encryption_type })
        }
        [Placement::Throttled(shard)] => Err(Error::throughput_exceeded(rate_exceeded(shard))),
        _ => Err(Error::internal("the record could not be stored")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutRecords<'a> {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(borrow)]
    records: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RecordsPut {
    failed_record_count: usize,
    records: Vec<Fate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_type: Option<&'static str>,
}

/// What became of one record, at the place where it was in the request.
#[derive(Serialize)]
#[serde(untagged)]
enum Fate {
    #[serde(rename_all = "PascalCase")]
    Stored { shard_id: ShardId, sequence_number: SequenceNumber },
    #[serde(rename_all = "PascalCase")]
    Failed { error_code: &'static str, error_message: String },
}

pub(super) fn put_records(call: &mut Call<'_>, input: PutRecords<'_>) -> Result<RecordsPut, Error> {
    within("the number of Records", input.records.len(), 1..=MOST_RECORDS)?;
    let stream = Target { name: input.stream_name, arn: input.stream_arn }.stream(call)?;
    let encryption_type = stream.facts().kms_key.is_some().then_some(ENCRYPTED);
    let placements = stream.put(&input.records, call.now, &mut call.casualties)?;
    let records: Vec<Fate> = placements.into_iter().map(Fate::of).collect();
    let failed_record_count = records.iter().filter(|fate| matches!(fate, Fate::Failed { .. })).count();
    Ok(RecordsPut { failed_record_count, records, encryption_type })
}

impl Fate {
    fn of(placement: Placement) -> Fate {
        match placement {
            Placement::Stored(sequence_number) => Fate::Stored { shard_id: sequence_number.shard, sequence_number },
            Placement::Throttled(shard) => Fate::Failed {
                error_code: "ProvisionedThroughputExceededException",
                error_message: rate_exceeded(shard),
            },
            Placement::Failed => {
                Fate::Failed { error_code: "InternalFailure", error_message: "Internal service failure.".into() }
            }
        }
    }
}

fn rate_exceeded(shard: ShardId) -> String {
    format!("Rate exceeded for shard {shard}")
}
