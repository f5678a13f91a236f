//! The reconciler's part of a stream: which streams want attention, whose turn it is, and what came of it.
//!
//! A turn holds a claim that runs out by itself. What it records counts only while the claim and the generation are
//! still those that it began with; if somebody asked for something else meanwhile, the stream is simply due again.

use std::time::Duration;

use fanner_audit::{Action, Noun};
use fanner_model::{Phase, Revision, Stream, StreamId, StreamName, StreamStatus, TeamName};
use jiff::Timestamp;
use uuid::Uuid;

use super::audit::{Author, Deed, change};
use super::column::{parsed, signed, timestamp, to_json, to_word, unsigned};
use super::revision::raise_revision;
use super::stream::{StreamRow, stream_columns};
use super::{Pool, Store, StoreError, StreamRecord, on, transact};

/// The right to work on a stream until it runs out.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    token: String,
    pub record: StreamRecord,
}

/// Streams with names from `first` to `last`, of a team or of all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range<'a> {
    pub first: &'a StreamName,
    pub last: &'a StreamName,
    pub team: Option<&'a TeamName>,
}

/// What a turn found and did.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub status: StreamStatus,
    pub served: bool,
    /// The stream whose reader role IAM may have from now on.
    pub role_id: Option<StreamId>,
    /// When Kinesis was asked, if it answered.
    pub looked_at: Option<Timestamp>,
    pub due_at: Timestamp,
    pub attempts: u32,
}

impl Store {
    /// Streams that want attention at `now` and that nobody works on, the longest waiting first.
    pub(crate) async fn due_streams(&self, now: Timestamp, limit: u32) -> Result<Vec<StreamName>, StoreError> {
        const SQL: &str =
            "select name from stream where due_at <= $1 and claimed_until <= $1 order by due_at, name limit $2";
        let names: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(now.as_microsecond()).bind(i64::from(limit)).fetch_all(db).await)?;
        names.iter().map(|name| parsed("stream.name", name)).collect()
    }

    /// Streams that want attention at `now` and that Kinesis had when it was last asked.
    pub(crate) async fn due_and_seen(&self, now: Timestamp) -> Result<Vec<StreamName>, StoreError> {
        const SQL: &str = "select name from stream where due_at <= $1 and seen is not null order by name";
        let names: Vec<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(now.as_microsecond()).fetch_all(db).await)?;
        names.iter().map(|name| parsed("stream.name", name)).collect()
    }

    /// Lets a stream have its turn before all others.
    pub(crate) async fn prefer(&self, name: &StreamName) -> Result<(), StoreError> {
        const SQL: &str = "update stream set due_at = -1 where name = $1";
        on!(self.writing, db => sqlx::query(SQL).bind(name.as_str()).execute(db).await.map(drop))?;
        Ok(())
    }

    /// When the next stream is due or its claim runs out; `None`: there are no streams.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        const SQL: &str = "select min(case when due_at < claimed_until then claimed_until else due_at end) from stream";
        let at: Option<i64> = on!(self.reading, db => sqlx::query_scalar(SQL).fetch_one(db).await)?;
        at.map(|at| timestamp("stream.due_at", at)).transpose()
    }

    /// Takes a due stream for `length`; `None` if somebody else was faster.
    pub(crate) async fn claim(
        &self,
        name: &StreamName,
        now: Timestamp,
        length: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        const SQL: &str = concat!(
            "update stream set claim = $2, claimed_until = $4 \
             where name = $1 and due_at <= $3 and claimed_until <= $3 returning ",
            stream_columns!()
        );
        let token = Uuid::new_v4().to_string();
        let until = now.as_microsecond().saturating_add(i64::try_from(length.as_micros()).unwrap_or(i64::MAX));
        let row: Option<StreamRow> = on!(self.writing, db => sqlx::query_as(SQL)
            .bind(name.as_str()).bind(&token).bind(now.as_microsecond()).bind(until).fetch_optional(db).await)?;
        row.map(|row| Ok(Claim { token, record: StreamRecord::try_from(row)? })).transpose()
    }

    /// Ends a turn. The rules' revision is raised if the stream enters or leaves them. False if what is asked for
    /// changed meanwhile, so that only the claim is given back.
    pub(crate) async fn record(&self, claim: &Claim, outcome: &Outcome) -> Result<bool, StoreError> {
        const SQL: &str = "update stream set phase = $4, reason = $5, observed_generation = $6, seen = $7, served = $8, \
                           looked_at = coalesce($9, looked_at), due_at = $10, attempts = $11, role_id = $12, \
                           claim = '', claimed_until = 0 \
                           where name = $1 and claim = $2 and generation = $3";
        const ENTERS_OR_LEAVES: &str = "update stream set revision = $2 where name = $1";
        let Claim { token, record } = claim;
        let Outcome { status, served, role_id, looked_at, due_at, attempts } = outcome;
        let moved = *served != record.served;
        let name = record.stream.name.as_str();
        let recorded = transact!(self.writing, tx => {
            if moved {
                let revision = raise_revision!(tx);
                sqlx::query(ENTERS_OR_LEAVES).bind(name).bind(revision).execute(&mut *tx).await?;
            }
            let recorded = sqlx::query(SQL)
                .bind(name)
                .bind(token)
                .bind(signed(record.stream.generation))
                .bind(to_word(&status.phase))
                .bind(status.reason.as_deref())
                .bind(signed(status.observed_generation))
                .bind(status.seen.as_ref().map(to_json))
                .bind(*served)
                .bind(looked_at.map(Timestamp::as_microsecond))
                .bind(due_at.as_microsecond())
                .bind(i64::from(*attempts))
                .bind(role_id.map(|id| id.to_string()))
                .execute(&mut *tx).await?.rows_affected();
            if recorded == 0 {
                return Ok(false);
            }
            true
        })?;
        if !recorded {
            self.release(claim).await?;
        }
        Ok(recorded)
    }

    /// Gives a claim back; the stream stays as due as it is.
    pub(crate) async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        const SQL: &str = "update stream set claim = '', claimed_until = 0 where name = $1 and claim = $2";
        on!(self.writing, db => sqlx::query(SQL).bind(claim.record.stream.name.as_str()).bind(&claim.token)
            .execute(db).await.map(drop))?;
        Ok(())
    }

    /// Forgets a stream that is gone, with its subscriptions.
    pub(crate) async fn forget_stream(&self, author: &Author, claim: &Claim) -> Result<bool, StoreError> {
        const SUBSCRIPTIONS: &str = "delete from subscription where stream = $1 returning id";
        const SQL: &str = "delete from stream where name = $1 and claim = $2 and generation = $3";
        let Stream { name, generation, .. } = &claim.record.stream;
        change!(self.writing, author, tx => {
            let subscriptions: Vec<String> =
                sqlx::query_scalar(SUBSCRIPTIONS).bind(name.as_str()).fetch_all(&mut *tx).await?;
            let forgotten = sqlx::query(SQL).bind(name.as_str()).bind(&claim.token).bind(signed(*generation))
                .execute(&mut *tx).await?;
            if forgotten.rows_affected() == 0 {
                return Ok(false);
            }
            let ended = |id| Deed::ended(Action::Delete, Noun::Subscriptions, id).because("its stream is gone");
            subscriptions.into_iter().map(ended)
        })
    }

    /// Makes those streams active that Kinesis has as asked for and whose revision `obeyed` covers; gives their names.
    pub(crate) async fn activate(&self, obeyed: Revision) -> Result<Vec<StreamName>, StoreError> {
        const WAITING: &str = "select count(*) from stream where phase in ($1, $2) and observed_generation = generation \
                               and served and revision <= $3";
        const SQL: &str = "update stream set phase = $4, reason = null \
                           where phase in ($1, $2) and observed_generation = generation and served and revision <= $3 \
                           returning name";
        let (creating, updating) = (to_word(&Phase::Creating), to_word(&Phase::Updating));
        let revision = i64::try_from(obeyed.0).unwrap_or(i64::MAX);
        let waiting: i64 = on!(self.reading, db => sqlx::query_scalar(WAITING)
            .bind(&creating).bind(&updating).bind(revision).fetch_one(db).await)?;
        if waiting == 0 {
            return Ok(Vec::new());
        }
        let names: Vec<String> = on!(self.writing, db => sqlx::query_scalar(SQL)
            .bind(&creating).bind(&updating).bind(revision).bind(to_word(&Phase::Active)).fetch_all(db).await)?;
        names.iter().map(|name| parsed("stream.name", name)).collect()
    }

    /// Makes due now those streams of a range that were last looked at before `since`.
    pub(crate) async fn hasten(&self, range: &Range<'_>, since: Timestamp) -> Result<(), StoreError> {
        const SQL: &str = "update stream set due_at = 0 where name >= $1 and name <= $2 and ($3 = '' or team = $3) \
                           and looked_at < $4 and due_at > 0";
        let Range { first, last, team } = range;
        on!(self.writing, db => sqlx::query(SQL)
            .bind(first.as_str())
            .bind(last.as_str())
            .bind(team.map_or("", TeamName::as_str))
            .bind(since.as_microsecond())
            .execute(db).await.map(drop))?;
        Ok(())
    }

    /// How many streams of a range were not looked at since `since`.
    pub(crate) async fn unseen_since(&self, range: &Range<'_>, since: Timestamp) -> Result<u64, StoreError> {
        const SQL: &str = "select count(*) from stream where name >= $1 and name <= $2 and ($3 = '' or team = $3) \
                           and looked_at < $4";
        let Range { first, last, team } = range;
        let count: i64 = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(first.as_str())
            .bind(last.as_str())
            .bind(team.map_or("", TeamName::as_str))
            .bind(since.as_microsecond())
            .fetch_one(db).await)?;
        unsigned("count", count)
    }
}
