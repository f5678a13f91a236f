//! With limits on, a shard takes and gives what one of AWS's would.

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ScalingType};
use fanner_local::kinesis::{Limits, Options};

use crate::server::{Server, code};

#[tokio::test]
async fn a_shard_takes_a_thousand_records_a_second_and_names_the_others() {
    let server = Server::with_orders(as_aws()).await;
    assert_eq!([put(&server, 500, 10).await, put(&server, 500, 10).await, put(&server, 500, 10).await], [500, 500, 0]);
    server.wait(1);
    assert_eq!(put(&server, 500, 10).await, 500);
}

#[tokio::test]
async fn a_shard_takes_a_mebibyte_a_second() {
    let server = Server::with_orders(as_aws()).await;
    assert_eq!(put(&server, 20, 100 << 10).await, 10);
    assert_eq!(server.put(&"x".repeat(100 << 10)).await, Err("ProvisionedThroughputExceededException".into()));
}

#[tokio::test]
async fn a_shard_answers_five_reads_a_second() {
    let server = Server::with_orders(as_aws()).await;
    let iterator = server.iterator().await;
    for _ in 0..5 {
        server.client.get_records().shard_iterator(&iterator).send().await.unwrap();
    }
    let refused = server.client.get_records().shard_iterator(&iterator).send().await.unwrap_err();
    assert_eq!(code(&refused), "ProvisionedThroughputExceededException");
    server.wait(1);
    assert!(server.client.get_records().shard_iterator(&iterator).send().await.is_ok());
}

#[tokio::test]
async fn five_streams_are_created_at_a_time_and_one_is_scaled_ten_times_a_day() {
    let transition = std::time::Duration::from_secs(5);
    let server = Server::with_orders(Options { transition, ..as_aws() }).await;
    let create = |nth: i32| server.client.create_stream().stream_name(format!("s{nth}")).shard_count(1).send();
    for nth in 1..5 {
        create(nth).await.unwrap();
    }
    assert_eq!(code(&create(5).await.unwrap_err()), "LimitExceededException");
    let scale = |count| server.client.update_shard_count().stream_name("orders").target_shard_count(count);
    for nth in 0..10 {
        server.wait(5);
        scale(2 - nth % 2).scaling_type(ScalingType::UniformScaling).send().await.unwrap();
    }
    server.wait(5);
    let refused = scale(2).scaling_type(ScalingType::UniformScaling).send().await.unwrap_err();
    assert_eq!(code(&refused), "LimitExceededException");
}

fn as_aws() -> Options {
    Options { limits: Limits::PerShard, ..Options::default() }
}

/// Puts records of `bytes` each, and returns how many were stored. The others must say why.
async fn put(server: &Server, records: usize, bytes: usize) -> usize {
    let entry = PutRecordsRequestEntry::builder().partition_key("k").data(Blob::new(vec![0; bytes]));
    let entry = entry.build().expect("key and data are set");
    let answer = server.client.put_records().stream_name("orders").set_records(Some(vec![entry; records])).send().await;
    let answer = answer.expect("the request is taken");
    let refused = answer.records.iter().filter_map(|record| record.error_code.as_deref());
    let refused: Vec<_> = refused.inspect(|&code| assert_eq!(code, "ProvisionedThroughputExceededException")).collect();
    assert_eq!(answer.failed_record_count, Some(refused.len() as i32));
    records - refused.len()
}
