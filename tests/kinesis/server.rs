//! A local Kinesis in the process of the test, with a clock that the test moves.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{Record, ShardIteratorType};
use fanner_local::kinesis::{Clock, Kinesis, ManualClock, Options};

/// The shard of a stream with one.
pub(crate) const SHARD: &str = "shardId-000000000000";

/// A server, its clock, and a client that tries everything once.
pub(crate) struct Server {
    pub(crate) kinesis: Kinesis,
    pub(crate) client: Client,
    pub(crate) clock: ManualClock,
}

impl Server {
    pub(crate) async fn start(options: Options) -> Server {
        let start = "2026-01-01T00:00:00Z".parse().expect("the moment is one");
        let clock = ManualClock::starting_at(start);
        let options = Options { clock: Clock::Manual(clock.clone()), ..options };
        let listen = "127.0.0.1:0".parse().expect("the address is one");
        let kinesis = Kinesis::start(options, listen).await.expect("the server starts");
        let client = fanner_tests::kinesis(&format!("http://{}", kinesis.address()), "us-east-1");
        let once = client.config().to_builder().retry_config(aws_sdk_kinesis::config::retry::RetryConfig::disabled());
        Server { kinesis, client: Client::from_conf(once.build()), clock }
    }

    /// A server with one stream of one shard, `orders`.
    pub(crate) async fn with_orders(options: Options) -> Server {
        let server = Server::start(options).await;
        server.client.create_stream().stream_name("orders").shard_count(1).send().await.expect("the stream is created");
        server
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Puts one record into `orders`. Errors with AWS's name for it.
    pub(crate) async fn put(&self, text: &str) -> Result<(), String> {
        let put = self.client.put_record().stream_name("orders").partition_key("key").data(Blob::new(text));
        put.send().await.map(drop).map_err(|error| code(&error))
    }

    pub(crate) async fn iterator(&self) -> String {
        let iterator = self.client.get_shard_iterator().stream_name("orders").shard_id(SHARD);
        let iterator = iterator.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await;
        iterator.expect("the shard is there").shard_iterator.expect("there is an iterator")
    }

    /// Everything in `orders`.
    pub(crate) async fn read(&self) -> Vec<String> {
        let answer = self.client.get_records().shard_iterator(self.iterator().await).send().await;
        answer.expect("records are read").records.into_iter().map(text).collect()
    }

    /// AWS's name for the status of `orders`; `None` when it is gone.
    pub(crate) async fn status(&self) -> Option<String> {
        let summary = self.client.describe_stream_summary().stream_name("orders").send().await.ok()?;
        summary.stream_description_summary.map(|summary| summary.stream_status.to_string())
    }
}

pub(crate) fn text(record: Record) -> String {
    String::from_utf8(record.data.into_inner()).expect("records are text")
}

/// AWS's name for an error, or what else went wrong.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> String {
    match error.code() {
        Some(code) => code.into(),
        None => error.to_string(),
    }
}
