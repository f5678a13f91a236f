//! Envelopes on their way to the Global Event Stream: many requests at once, with random partition keys; what fails for
//! the moment is sent again.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, PutRecordsResultEntry};
use bytes::Bytes;
use fanner_event::v1::Envelope;
use fanner_model::StreamName;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use prost::Message;
use serde::Serialize;
use tracing::warn;
use uuid::Uuid;

use super::input::Place;
use crate::backoff::Backoff;
use crate::kinesis::Fault;

/// How long one request may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What became of an event.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Outcome {
    #[serde(flatten)]
    pub place: Place,
    pub event: String,
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What is waiting to be sent, and what is on its way.
pub(super) struct Outbox {
    client: Client,
    ges: StreamName,
    requests: usize,
    batch: Vec<Letter>,
    batch_bytes: usize,
    under_way: FuturesUnordered<BoxFuture<'static, Vec<Outcome>>>,
}

#[derive(Clone)]
struct Letter {
    outcome: Outcome,
    data: Bytes,
    key: String,
}

/// What Kinesis takes in one request.
const BATCH_RECORDS: usize = 500;
const BATCH_BYTES: usize = 5 << 20;

/// A request is given up after so many failures in a row, which take about two minutes.
const ATTEMPTS: u32 = 20;

impl Outbox {
    /// An outbox for `ges`, with up to `requests` under way.
    pub(super) fn new(client: Client, ges: StreamName, requests: usize) -> Self {
        let under_way = FuturesUnordered::new();
        Self { client, ges, requests: requests.max(1), batch: Vec::new(), batch_bytes: 0, under_way }
    }

    /// Adds an envelope; returns what has become of earlier ones.
    pub(super) async fn send(&mut self, place: Place, envelope: Envelope) -> Vec<Outcome> {
        let letter = Letter::new(place, envelope);
        let mut outcomes = Vec::new();
        if BATCH_BYTES < self.batch_bytes + letter.data.len() && !self.batch.is_empty() {
            outcomes.extend(self.post().await);
        }
        self.batch_bytes += letter.data.len() + letter.key.len();
        self.batch.push(letter);
        if self.batch.len() == BATCH_RECORDS {
            outcomes.extend(self.post().await);
        }
        outcomes
    }

    /// Waits for everything; returns what has become of it.
    pub(super) async fn finish(mut self) -> Vec<Outcome> {
        let mut outcomes = self.post().await;
        while let Some(more) = self.under_way.next().await {
            outcomes.extend(more);
        }
        outcomes
    }

    /// Starts a request with the batch, once there are few enough under way.
    async fn post(&mut self) -> Vec<Outcome> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        self.under_way.push(Box::pin(post(self.client.clone(), self.ges.clone(), batch)));
        match self.requests <= self.under_way.len() {
            true => self.under_way.next().await.unwrap_or_default(),
            false => Vec::new(),
        }
    }
}

impl Letter {
    fn new(place: Place, envelope: Envelope) -> Self {
        let data = Bytes::from(envelope.encode_to_vec());
        let Envelope { event_name: event, event_id: id, .. } = envelope;
        let outcome = Outcome { place, event, id, shard: None, sequence_number: None, error: None };
        Self { outcome, data, key: Uuid::new_v4().to_string() }
    }

    fn entry(&self) -> PutRecordsRequestEntry {
        let entry = PutRecordsRequestEntry::builder().data(Blob::new(self.data.as_ref())).partition_key(&self.key);
        entry.build().expect("data and partition key are set")
    }

    fn stored(mut self, answer: PutRecordsResultEntry) -> Outcome {
        (self.outcome.shard, self.outcome.sequence_number) = (answer.shard_id, answer.sequence_number);
        self.outcome
    }

    fn failed(mut self, reason: &str) -> Outcome {
        self.outcome.error = Some(reason.to_owned());
        self.outcome
    }
}

/// Puts `batch` into `ges`, as often as it takes; what became of each.
async fn post(client: Client, ges: StreamName, mut batch: Vec<Letter>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(10));
    while !batch.is_empty() {
        let entries = batch.iter().map(Letter::entry).collect();
        let answer = client.put_records().stream_name(ges.as_str()).set_records(Some(entries)).send().await;
        let reason = match answer.map_err(|error| Fault::of(&error)) {
            Ok(answer) => {
                let before = batch.len();
                let reason = sort(&mut batch, answer.records, &mut outcomes);
                if batch.len() < before {
                    backoff.worked();
                }
                reason
            }
            Err(Fault::Invalid(_)) if 1 < batch.len() => {
                let second = batch.split_off(batch.len() / 2);
                outcomes.extend(Box::pin(post(client.clone(), ges.clone(), second)).await);
                continue;
            }
            Err(Fault::Invalid(reason) | Fault::Away(reason)) => {
                outcomes.extend(batch.drain(..).map(|letter| letter.failed(&reason)));
                break;
            }
            Err(Fault::Throttled(reason) | Fault::Passing(reason) | Fault::Expired(reason)) => reason,
        };
        if batch.is_empty() {
            break;
        }
        let pause = backoff.failed();
        if backoff.attempt() == ATTEMPTS {
            outcomes.extend(batch.drain(..).map(|letter| letter.failed(&reason)));
            break;
        }
        if backoff.attempt() == 4 {
            warn!(stream = %ges, records = batch.len(), reason, "stream does not take records; retrying");
        }
        tokio::time::sleep(pause).await;
    }
    outcomes
}

/// Moves what was stored to `outcomes`, leaves the rest in `batch`, and says why some was not.
fn sort(batch: &mut Vec<Letter>, answers: Vec<PutRecordsResultEntry>, outcomes: &mut Vec<Outcome>) -> String {
    let mut reason = String::new();
    for (letter, answer) in std::mem::take(batch).into_iter().zip(answers) {
        match &answer.error_code {
            None => outcomes.push(letter.stored(answer)),
            Some(code) => {
                reason = format!("{code}: {}", answer.error_message.unwrap_or_default());
                batch.push(letter);
            }
        }
    }
    reason
}
