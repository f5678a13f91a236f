//! Killed and started again: every acknowledged record is there, and nothing else has changed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{EncryptionType, ScalingType};
use fanner_local::kinesis::{Kinesis, Options};
use fanner_tests::{Local, eventually};

use crate::flow::{self, Placed};

#[tokio::test]
async fn acknowledged_records_survive_kill_9_five_times_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<Placed> = Vec::new();
    for round in 0..5 {
        let mut local = Local::start(folder.path(), "kinesis");
        if round == 0 {
            flow::create(&local.kinesis(), "orders", 3).await;
        }
        let written = Arc::new(AtomicUsize::new(0));
        let writing = tokio::spawn(write_until_killed(local.kinesis(), round, Arc::clone(&written)));
        eventually("2,000 records", async || (written.load(Ordering::Relaxed) > 2_000).then_some(())).await;
        local.process.kill();
        acknowledged.extend(writing.await.unwrap());
    }
    let local = Local::start(folder.path(), "kinesis");
    let kept: BTreeSet<Placed> = flow::everything(&local.kinesis(), "orders").await.into_values().flatten().collect();
    let lost = acknowledged.iter().find(|record| !kept.contains(record));
    assert_eq!(lost, None, "of {} acknowledged records", acknowledged.len());
}

#[tokio::test]
async fn streams_are_described_the_same_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut local = Local::start(folder.path(), "kinesis");
    configure(&local.kinesis()).await;
    let before = description(&local.kinesis()).await;
    local.process.kill();
    let local = Local::start(folder.path(), "kinesis");
    assert_eq!(description(&local.kinesis()).await, before);
}

#[tokio::test]
async fn a_data_folder_has_one_server_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data_dir: Some(folder.path().into()), ..Options::default() };
    let listen = "127.0.0.1:0".parse().unwrap();
    for _ in 0..3 {
        let first = Kinesis::start(options.clone(), listen).await.unwrap();
        let refused = Kinesis::start(options.clone(), listen).await.unwrap_err().to_string();
        let folder = folder.path().display();
        let reason =
            format!("data folder `{folder}` is in use by another process; stop that, or choose another folder");
        assert_eq!(refused, reason);
        first.stop().await;
    }
}

/// Writes small batches until the server is gone. Returns what was acknowledged.
async fn write_until_killed(client: Client, round: usize, written: Arc<AtomicUsize>) -> Vec<Placed> {
    let mut acknowledged = Vec::new();
    for batch in 0.. {
        let text = |nth: usize| (nth.to_string(), format!("round {round}, batch {batch}, record {nth}"));
        let records: Vec<_> = (0..20).map(text).collect();
        let Some(placed) = flow::put(&client, "orders", &records).await else { break };
        written.fetch_add(placed.len(), Ordering::Relaxed);
        acknowledged.extend(placed);
    }
    acknowledged
}

/// A stream with everything that can be set on one, and the traces of one that is gone.
async fn configure(client: &Client) {
    done(client.create_stream().stream_name("rich").shard_count(2).tags("team", "fraud").send()).await;
    let scale = client.update_shard_count().stream_name("rich").scaling_type(ScalingType::UniformScaling);
    done(scale.target_shard_count(3).send()).await;
    done(client.increase_stream_retention_period().stream_name("rich").retention_period_hours(48).send()).await;
    let encryption = client.start_stream_encryption().stream_name("rich").encryption_type(EncryptionType::Kms);
    done(encryption.key_id("alias/aws/kinesis").send()).await;
    let arn = arn(client).await;
    done(client.put_resource_policy().resource_arn(&arn).policy(r#"{"Statement":[]}"#).send()).await;
    done(client.register_stream_consumer().stream_arn(arn).consumer_name("app").send()).await;
    done(client.create_stream().stream_name("gone").shard_count(1).send()).await;
    done(client.delete_stream().stream_name("gone").send()).await;
}

/// All that can be asked about the streams of `configure`.
async fn description(client: &Client) -> String {
    let names = done(client.list_streams().send()).await.stream_names;
    let summary = done(client.describe_stream_summary().stream_name("rich").send()).await.stream_description_summary;
    let arn = arn(client).await;
    let shards = done(client.list_shards().stream_name("rich").send()).await.shards;
    let tags = done(client.list_tags_for_stream().stream_name("rich").send()).await.tags;
    let policy = done(client.get_resource_policy().resource_arn(&arn).send()).await.policy;
    let consumers = done(client.list_stream_consumers().stream_arn(arn).send()).await.consumers;
    format!("{names:#?} {summary:#?} {shards:#?} {tags:#?} {policy:#?} {consumers:#?}")
}

async fn arn(client: &Client) -> String {
    let summary = done(client.describe_stream_summary().stream_name("rich").send()).await.stream_description_summary;
    summary.expect("a summary is there").stream_arn
}

async fn done<T, E: std::fmt::Debug>(call: impl Future<Output = Result<T, E>>) -> T {
    call.await.expect("the call is answered")
}
