//! Reads one shard from a position on. Whatever goes wrong in between is waited out; what can no longer be read is reported
//! as a gap, never passed over in silence.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::ShardIteratorType;
use bytes::Bytes;
use fanner_model::StreamName;
use jiff::Timestamp;
use tracing::{error, info, warn};

use super::{Pace, Record, ShardId, timestamp};
use crate::backoff::Backoff;
use crate::kinesis::Fault;
use crate::{Position, SequenceNumber};

/// One shard's reader.
#[derive(Debug)]
pub(crate) struct Reader {
    client: Client,
    stream: StreamName,
    shard: ShardId,
    pace: Pace,
    position: Position,
    iterator: Option<String>,
    /// The record that the next read must begin with, if nothing was trimmed since it was read.
    landmark: Option<SequenceNumber>,
    /// A position that Kinesis does not know any more, and the gap behind it until a batch has reported it.
    gone: Option<Position>,
    gap: Option<(Position, Position)>,
    backoff: Backoff,
    idle: Duration,
}

/// What one read brought.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Possibly none.
    pub records: Vec<Record>,
    /// Behind the last record: where the next read goes on.
    pub position: Position,
    /// How far the shard's newest record is ahead.
    pub behind: Duration,
    /// Records that were trimmed before they could be read: behind the first position and before the second.
    pub gap: Option<(Position, Position)>,
}

/// An empty shard is asked again after this at the latest.
const LONGEST_IDLE: Duration = Duration::from_millis(400);

impl Reader {
    /// Reads `shard` of `stream` from `position` on.
    pub(crate) fn new(client: Client, stream: StreamName, shard: ShardId, pace: Pace, position: Position) -> Self {
        let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        Self {
            client,
            stream,
            shard,
            pace,
            position,
            iterator: None,
            landmark: None,
            gone: None,
            gap: None,
            backoff,
            idle: Duration::ZERO,
        }
    }

    /// Goes on from `position`, wherever the reader was before.
    pub(crate) fn seek(&mut self, position: Position) {
        let position = match &self.gone {
            Some(gone) if *gone == position => Position::Start,
            Some(_) | None => position,
        };
        if self.position != position {
            (self.position, self.iterator, self.landmark) = (position, None, None);
        }
    }

    /// The next records, as soon as Kinesis answers. At the end of a shard the batch's position is [`Position::End`].
    pub(crate) async fn next(&mut self) -> Batch {
        tokio::time::sleep(self.idle).await;
        loop {
            self.pace.turn().await;
            match self.try_next().await {
                Ok(batch) => {
                    self.recovered();
                    self.idle = self.idle_after(&batch);
                    return batch;
                }
                Err(Fault::Expired(_)) => self.iterator = None,
                Err(Fault::Invalid(reason)) if self.landmark.is_some() => self.give_position_up(&reason),
                Err(fault) => self.wait_out(&fault).await,
            }
        }
    }

    async fn try_next(&mut self) -> Result<Batch, Fault> {
        let iterator = match self.iterator.take() {
            Some(iterator) => iterator,
            None => self.iterator_at_position().await?,
        };
        let answer = self.client.get_records().shard_iterator(&iterator).limit(10_000).send().await;
        match answer {
            Ok(answer) => self.batch(answer),
            Err(error) => {
                self.iterator = Some(iterator);
                Err(Fault::of(&error))
            }
        }
    }

    /// A position behind a record is looked up as that record, although it was read before: if the first record read is
    /// another one, Kinesis has trimmed it, and perhaps more behind it. Kinesis itself says nothing about that.
    async fn iterator_at_position(&mut self) -> Result<String, Fault> {
        let request = self.client.get_shard_iterator().stream_name(self.stream.as_str()).shard_id(self.shard.as_str());
        let request = match &self.position {
            Position::Start => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
            Position::End => request.shard_iterator_type(ShardIteratorType::Latest),
            Position::Since(at) => {
                let at = DateTime::from_millis(at.as_millisecond());
                request.shard_iterator_type(ShardIteratorType::AtTimestamp).timestamp(at)
            }
            Position::Before(record) | Position::After(record) => {
                self.landmark = Some(record.clone());
                let request = request.shard_iterator_type(ShardIteratorType::AtSequenceNumber);
                request.starting_sequence_number(record.as_str())
            }
        };
        let answer = request.send().await.map_err(|error| Fault::of(&error))?;
        answer.shard_iterator.ok_or_else(|| Fault::Passing("the answer has no shard iterator".into()))
    }

    fn batch(&mut self, answer: GetRecordsOutput) -> Result<Batch, Fault> {
        let behind = Duration::from_millis(answer.millis_behind_latest.unwrap_or(0).max(0).unsigned_abs());
        let mut records = answer.records.into_iter().map(record).collect::<Result<Vec<_>, _>>()?;
        let first = match records.first() {
            Some(first) => Some(Position::Before(first.sequence_number.clone())),
            None => answer.next_shard_iterator.is_none().then_some(Position::End),
        };
        let gap = self.gap.take().or_else(|| self.gap_before(first?));
        records.retain(|record| !self.position.is_past(&record.sequence_number));
        if let Some(last) = records.last() {
            self.position = Position::After(last.sequence_number.clone());
        }
        if answer.next_shard_iterator.is_none() {
            self.position = Position::End;
        }
        self.iterator = answer.next_shard_iterator;
        Ok(Batch { records, position: self.position.clone(), behind, gap })
    }

    /// What lies between the record that reading should have gone on from, and what is read first instead.
    fn gap_before(&mut self, first: Position) -> Option<(Position, Position)> {
        let expected = Position::Before(self.landmark.take()?);
        (expected < first).then(|| self.reported((self.position.clone(), first)))
    }

    /// Kinesis does not know the record that reading should have gone on from: what there is, is read from its start.
    fn give_position_up(&mut self, reason: &str) {
        warn!(stream = %self.stream, shard = %self.shard, reason, "position is not in the shard any more");
        self.gap = Some(self.reported((self.position.clone(), Position::Start)));
        self.gone = Some(std::mem::replace(&mut self.position, Position::Start));
        (self.iterator, self.landmark) = (None, None);
    }

    fn reported(&self, gap: (Position, Position)) -> (Position, Position) {
        error!(
            stream = %self.stream, shard = %self.shard, from = %gap.0, to = %gap.1,
            "records were trimmed before they were read"
        );
        gap
    }

    async fn wait_out(&mut self, fault: &Fault) {
        let pause = self.backoff.failed();
        if self.backoff.is_worth_a_line() {
            let attempt = self.backoff.attempt();
            warn!(
                stream = %self.stream, shard = %self.shard, attempt, pause_ms = pause.as_millis() as u64, error = %fault,
                "shard could not be read; retrying"
            );
        }
        tokio::time::sleep(pause).await;
    }

    fn recovered(&mut self) {
        if 0 < self.backoff.attempt() {
            info!(stream = %self.stream, shard = %self.shard, "shard can be read again");
            self.backoff.worked();
        }
    }

    /// Nothing while there is more to read; twice as long as before while there is not.
    fn idle_after(&self, batch: &Batch) -> Duration {
        match batch.records.is_empty() && batch.behind.is_zero() {
            true => (self.idle * 2).clamp(Duration::from_millis(20), LONGEST_IDLE),
            false => Duration::ZERO,
        }
    }
}

fn record(record: aws_sdk_kinesis::types::Record) -> Result<Record, Fault> {
    Ok(Record {
        sequence_number: record.sequence_number.parse().map_err(|error| Fault::Passing(format!("{error}")))?,
        arrived_at: record.approximate_arrival_timestamp.as_ref().map_or(Timestamp::UNIX_EPOCH, timestamp),
        partition_key: record.partition_key.unwrap_or_default(),
        data: Bytes::from(record.data.into_inner()),
    })
}
