//! What happens only after a while: retention, expiry, and streams on their way to ACTIVE.

use std::time::Duration;

use aws_sdk_kinesis::types::ScalingType;
use fanner_local::kinesis::Options;

use crate::server::{Server, code};

const HOUR: u64 = 3600;

#[tokio::test]
async fn records_expire_after_the_retention_period() {
    let server = Server::with_orders(Options::default()).await;
    server.put("first").await.unwrap();
    server.wait(23 * HOUR);
    server.put("second").await.unwrap();
    assert_eq!(server.read().await, ["first", "second"]);
    server.wait(HOUR + 1);
    assert_eq!(server.read().await, ["second"]);
}

#[tokio::test]
async fn a_reader_that_was_too_slow_goes_on_with_what_is_left() {
    let server = Server::with_orders(Options::default()).await;
    server.put("expired").await.unwrap();
    server.wait(24 * HOUR - 100);
    let iterator = server.iterator().await;
    server.wait(200);
    server.put("kept").await.unwrap();
    let answer = server.client.get_records().shard_iterator(iterator).send().await.unwrap();
    let texts: Vec<String> = answer.records.into_iter().map(crate::server::text).collect();
    assert_eq!(texts, ["kept"]);
}

#[tokio::test]
async fn what_a_shorter_retention_took_a_longer_one_does_not_give_back() {
    let server = Server::with_orders(Options::default()).await;
    server
        .client
        .increase_stream_retention_period()
        .stream_name("orders")
        .retention_period_hours(48)
        .send()
        .await
        .unwrap();
    server.put("first").await.unwrap();
    server.wait(30 * HOUR);
    server.put("second").await.unwrap();
    assert_eq!(server.read().await, ["first", "second"]);
    server
        .client
        .decrease_stream_retention_period()
        .stream_name("orders")
        .retention_period_hours(24)
        .send()
        .await
        .unwrap();
    server
        .client
        .increase_stream_retention_period()
        .stream_name("orders")
        .retention_period_hours(48)
        .send()
        .await
        .unwrap();
    assert_eq!(server.read().await, ["second"]);
}

#[tokio::test]
async fn an_iterator_expires_after_five_minutes() {
    let server = Server::with_orders(Options::default()).await;
    let iterator = server.iterator().await;
    server.wait(300);
    assert!(server.client.get_records().shard_iterator(&iterator).send().await.is_ok());
    server.wait(1);
    let expired = server.client.get_records().shard_iterator(&iterator).send().await.unwrap_err();
    assert_eq!(code(&expired), "ExpiredIteratorException");
}

#[tokio::test]
async fn a_page_token_expires_after_five_minutes() {
    let server = Server::start(Options::default()).await;
    server.client.create_stream().stream_name("two").shard_count(2).send().await.unwrap();
    let page = server.client.list_shards().stream_name("two").max_results(1).send().await.unwrap();
    server.wait(301);
    let expired = server.client.list_shards().next_token(page.next_token.unwrap()).send().await.unwrap_err();
    assert_eq!(code(&expired), "ExpiredNextTokenException");
}

#[tokio::test]
async fn a_stream_goes_through_its_states() {
    let server = Server::with_orders(Options { transition: Duration::from_secs(10), ..Options::default() }).await;
    assert_eq!(server.status().await.as_deref(), Some("CREATING"));
    assert_eq!(server.put("too early").await, Err("ResourceNotFoundException".into()));
    server.wait(10);
    assert_eq!(server.status().await.as_deref(), Some("ACTIVE"));

    let scale = || server.client.update_shard_count().stream_name("orders").scaling_type(ScalingType::UniformScaling);
    scale().target_shard_count(2).send().await.unwrap();
    assert_eq!(server.status().await.as_deref(), Some("UPDATING"));
    server.put("meanwhile").await.unwrap();
    let busy = scale().target_shard_count(4).send().await.unwrap_err();
    assert_eq!(code(&busy), "ResourceInUseException");
    server.wait(10);
    scale().target_shard_count(4).send().await.unwrap();

    server.client.delete_stream().stream_name("orders").send().await.unwrap();
    assert_eq!(server.status().await.as_deref(), Some("DELETING"));
    let taken = server.client.create_stream().stream_name("orders").shard_count(1).send().await.unwrap_err();
    assert_eq!(code(&taken), "ResourceInUseException");
    server.wait(10);
    assert_eq!(server.status().await, None);
    server.client.create_stream().stream_name("orders").shard_count(1).send().await.unwrap();
}

#[tokio::test]
async fn expired_records_and_deleted_streams_leave_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with_orders(Options { data_dir: Some(folder.path().into()), ..Options::default() }).await;
    server.put(&"large ".repeat(10_000)).await.unwrap();
    let used = || walk(folder.path());
    assert!(used() > 60_000);
    server.wait(25 * HOUR);
    fanner_tests::eventually("the record to be removed", async || (used() < 10_000).then_some(())).await;
    server.client.delete_stream().stream_name("orders").send().await.unwrap();
    fanner_tests::eventually("the stream to be removed", async || (used() == 0).then_some(())).await;
}

/// How many bytes the files in a folder have together.
fn walk(folder: &std::path::Path) -> u64 {
    // Files come and go while this looks.
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(
            |entry| {
                if entry.path().is_dir() { walk(&entry.path()) } else { entry.metadata().map_or(0, |file| file.len()) }
            },
        )
        .sum()
}
