//! `GetShardIterator` and `GetRecords`.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Call;
use super::shards::HashKeyRange;
use super::target::Target;
use super::time::Seconds;
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::iterator::ShardIterator;
use crate::kinesis::log::Frames;
use crate::kinesis::sequence::{SequenceNumber, ShardId};
use crate::kinesis::stream::{Reading, ShardFacts, Start};

/// The most records that one read finds.
const MOST_RECORDS: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetShardIterator {
    #[serde(flatten)]
    target: Target,
    shard_id: String,
    shard_iterator_type: IteratorType,
    starting_sequence_number: Option<String>,
    timestamp: Option<Seconds>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum IteratorType {
    AtSequenceNumber,
    AfterSequenceNumber,
    TrimHorizon,
    Latest,
    AtTimestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Iterator {
    shard_iterator: String,
}

pub(super) fn get_shard_iterator(call: &mut Call<'_>, input: GetShardIterator) -> Result<Iterator, Error> {
    let stream = input.target.stream(call)?;
    let missing = |field| Error::invalid(format!("{field} is missing: this ShardIteratorType begins with it"));
    let number = input.starting_sequence_number.ok_or_else(|| missing("StartingSequenceNumber"));
    let start = match input.shard_iterator_type {
        IteratorType::TrimHorizon => Start::TrimHorizon,
        IteratorType::Latest => Start::Latest,
        IteratorType::AtSequenceNumber => Start::At(number?),
        IteratorType::AfterSequenceNumber => Start::After(number?),
        IteratorType::AtTimestamp => Start::Moment(input.timestamp.ok_or_else(|| missing("Timestamp"))?.0),
    };
    let iterator = stream.iterator(&input.shard_id, &start, call.now)?;
    Ok(Iterator { shard_iterator: iterator.sealed() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetRecords {
    shard_iterator: String,
    limit: Option<usize>,
}

/// The answer is written by hand: it is nearly all data, which goes from the log's bytes to base64 in place.
pub(super) fn get_records(call: &mut Call<'_>, input: GetRecords) -> Result<Vec<u8>, Error> {
    let iterator = ShardIterator::open(&input.shard_iterator, call.now)?;
    let most = input.limit.unwrap_or(MOST_RECORDS);
    if !(1..=MOST_RECORDS).contains(&most) {
        return Err(Error::invalid(format!("Limit is {most}; it must be from 1 to {MOST_RECORDS}")));
    }
    let stream = call.account.stream(&iterator.stream.parse()?, call.now)?;
    let reading = stream.read(&iterator, most, call.now)?;
    let mut answer = Vec::with_capacity(reading.excerpt.bytes.len() * 3 / 2 + 1024);
    write_records(&mut answer, &reading, &iterator)?;
    let tail = Tail::of(reading, iterator, call.now);
    answer.pop();
    answer.push(b',');
    answer.extend_from_slice(&super::output(tail)?[1..]);
    Ok(answer)
}

/// What follows the records.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tail {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_shard_iterator: Option<String>,
    millis_behind_latest: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    child_shards: Option<Vec<ChildShard>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChildShard {
    shard_id: ShardId,
    parent_shards: Vec<ShardId>,
    hash_key_range: HashKeyRange,
}

impl Tail {
    fn of(reading: Reading, read_from: ShardIterator, now: Millis) -> Tail {
        let next = ShardIterator { offset: reading.excerpt.next, issued_at: now, ..read_from };
        Tail {
            next_shard_iterator: reading.children.is_none().then(|| next.sealed()),
            millis_behind_latest: reading.excerpt.next_arrival.map_or(0, |arrival| millis_behind(arrival, now)),
            child_shards: reading.children.map(|children| children.iter().map(ChildShard::of).collect()),
        }
    }
}

/// How old the next record is: at least 1, since 0 says that there is none.
fn millis_behind(next_arrival: Millis, now: Millis) -> u64 {
    u64::try_from(now.since(next_arrival).as_millis()).unwrap_or(u64::MAX).max(1)
}

impl ChildShard {
    fn of(shard: &ShardFacts) -> ChildShard {
        ChildShard {
            shard_id: shard.id,
            parent_shards: shard.lineage.parents(),
            hash_key_range: HashKeyRange::of(&shard.range),
        }
    }
}

/// Writes `{"Records":[…]}`.
fn write_records(out: &mut Vec<u8>, reading: &Reading, iterator: &ShardIterator) -> Result<(), Error> {
    out.extend_from_slice(b"{\"Records\":[");
    for (frame, offset) in Frames::of(&reading.excerpt.bytes).zip(reading.excerpt.first..) {
        if offset > reading.excerpt.first {
            out.push(b',');
        }
        let number = SequenceNumber { epoch: iterator.epoch, shard: iterator.shard, offset };
        let (seconds, millis) = (frame.arrival.0 / 1000, frame.arrival.0 % 1000);
        write!(
            out,
            "{{\"SequenceNumber\":\"{number}\",\"ApproximateArrivalTimestamp\":{seconds}.{millis:03},\"Data\":\""
        )?;
        write_base64(out, frame.data);
        out.extend_from_slice(b"\",\"PartitionKey\":");
        serde_json::to_writer(&mut *out, frame.key).map_err(std::io::Error::from)?;
        out.extend_from_slice(if frame.encrypted { b",\"EncryptionType\":\"KMS\"}".as_slice() } else { b"}" });
    }
    out.extend_from_slice(b"]}");
    Ok(())
}

fn write_base64(out: &mut Vec<u8>, data: &[u8]) {
    let start = out.len();
    out.resize(start + data.len().div_ceil(3) * 4, 0);
    STANDARD.encode_slice(data, &mut out[start..]).expect("four letters stand for three bytes");
}
