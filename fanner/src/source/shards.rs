//! Which shards a stream has: open ones, and closed ones that still hold records.

use aws_sdk_kinesis::Client;
use fanner_model::StreamName;
use jiff::Timestamp;

use super::{ShardId, timestamp};
use crate::kinesis::Fault;

/// All shards of `stream` whose records Kinesis still has, closed ones included.
///
/// # Errors
/// Kinesis does not answer, or has no such stream for us.
pub(crate) async fn list(client: &Client, stream: &StreamName) -> Result<Vec<ShardId>, Fault> {
    let mut shards = Vec::new();
    let mut token = None;
    loop {
        // A request names either the stream or the page of it.
        let first = token.is_none().then(|| stream.to_string());
        let request = client.list_shards().set_stream_name(first).set_next_token(token);
        let page = request.send().await.map_err(|error| Fault::of(&error))?;
        shards.extend(page.shards().iter().map(|shard| ShardId::from(shard.shard_id())));
        token = page.next_token;
        if token.is_none() {
            return Ok(shards);
        }
    }
}

/// When `stream` was created, which tells a stream from another that had its name.
///
/// # Errors
/// Kinesis does not answer, or has no such stream for us.
pub(crate) async fn created_at(client: &Client, stream: &StreamName) -> Result<Timestamp, Fault> {
    let answer = client.describe_stream_summary().stream_name(stream.as_str()).send().await;
    let answer = answer.map_err(|error| Fault::of(&error))?;
    let summary = answer.stream_description_summary();
    Ok(summary.map(|summary| timestamp(summary.stream_creation_timestamp())).unwrap_or_default())
}
