//! A consumer: reads everything that is in a stream, in all its shards, closed ones included.

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{Record, ShardIteratorType};

/// Everything in the stream now.
///
/// # Panics
/// Kinesis refuses to be read.
pub async fn everything(kinesis: &Client, stream: &str) -> Vec<Record> {
    let mut records = Vec::new();
    for shard in shards(kinesis, stream).await {
        let start = kinesis.get_shard_iterator().stream_name(stream).shard_id(&shard);
        let start =
            start.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.expect("there is an iterator");
        let mut iterator = start.shard_iterator;
        while let Some(position) = iterator {
            let answer = kinesis.get_records().shard_iterator(position).send().await.expect("records can be read");
            let is_at_tip = answer.records.is_empty() && answer.millis_behind_latest.unwrap_or_default() == 0;
            records.extend(answer.records);
            iterator = answer.next_shard_iterator.filter(|_| !is_at_tip);
        }
    }
    records
}

async fn shards(kinesis: &Client, stream: &str) -> Vec<String> {
    let mut shards = Vec::new();
    let mut page = kinesis.list_shards().stream_name(stream).send().await.expect("shards are listed");
    loop {
        shards.extend(page.shards().iter().map(|shard| shard.shard_id.clone()));
        let Some(next) = page.next_token else { return shards };
        page = kinesis.list_shards().next_token(next).send().await.expect("shards are listed");
    }
}
