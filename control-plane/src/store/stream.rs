//! Streams: what is asked for, and what is true. What only the reconciler does to them is in `turn.rs`.

use fanner_audit::{Action, Noun};
use fanner_model::{CallerId, Phase, Revision, Stream, StreamId, StreamName, StreamStatus, TeamName};

use super::audit::{Author, Deed, change};
use super::column::{from_json, from_word, parsed, signed, timestamp, to_json, to_word, unsigned};
use super::revision::raise_revision;
use super::{Pool, Store, StoreError, on, transact};

/// A stream as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StreamRecord {
    /// What the API shows, but for `access`, which is decided when it is shown.
    pub stream: Stream,
    /// The generation that last changed the capacity.
    pub capacity_generation: u64,
    /// Whether the rules name it.
    pub served: bool,
    /// The newest revision of the rules that concerns it.
    pub revision: Revision,
    /// How often in a row the reconciler could not finish.
    pub attempts: u32,
    /// The key that the newest write carried.
    pub idempotency_key: Option<String>,
    /// Who made the newest write.
    pub asked_by: CallerId,
    /// The stream whose reader role IAM may have: this one, or, until that role is gone, an earlier one of its name.
    pub role_id: Option<StreamId>,
}

/// A write of what is asked for: of `stream`, everything but its status and access.
#[derive(Clone, Debug)]
pub(crate) struct StreamWrite<'a> {
    pub stream: &'a Stream,
    pub capacity_generation: u64,
    pub idempotency_key: Option<&'a str>,
    pub asked_by: &'a CallerId,
    /// The generation that is replaced; `None`: there must be no such stream.
    pub expected: Option<u64>,
}

impl Store {
    /// One stream.
    pub(crate) async fn stream(&self, name: &StreamName) -> Result<Option<StreamRecord>, StoreError> {
        const SQL: &str = concat!("select ", stream_columns!(), " from stream where name = $1");
        let row: Option<StreamRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(name.as_str()).fetch_optional(db).await)?;
        row.map(StreamRecord::try_from).transpose()
    }

    /// A team's streams, or all, in the order of their names.
    pub(crate) async fn streams(
        &self,
        team: Option<&TeamName>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<StreamRecord>, StoreError> {
        const SQL: &str = concat!(
            "select ",
            stream_columns!(),
            " from stream where name > $1 and ($2 = '' or team = $2) order by name limit $3"
        );
        let team = team.map_or("", TeamName::as_str);
        let rows: Vec<StreamRow> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(after).bind(team).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(StreamRecord::try_from).collect()
    }

    /// How many streams are in each phase.
    pub(crate) async fn streams_by_phase(&self) -> Result<Vec<(Phase, u64)>, StoreError> {
        const SQL: &str = "select phase, count(*) from stream group by phase";
        let rows: Vec<(String, i64)> = on!(self.reading, db => sqlx::query_as(SQL).fetch_all(db).await)?;
        rows.iter().map(|(phase, count)| Ok((from_word("stream.phase", phase)?, unsigned("count", *count)?))).collect()
    }

    /// Stores what is asked for and raises the rules' revision; the reconciler sees it at its next look. What is true of
    /// the stream stays, unless it gets a new id: then a new life begins. False if it is not as the write expects.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] if one of the events went away meanwhile.
    pub(crate) async fn write_stream(&self, author: &Author, write: &StreamWrite<'_>) -> Result<bool, StoreError> {
        let StreamWrite { stream, capacity_generation, idempotency_key, asked_by, expected } = write;
        let sql = if expected.is_some() { UPDATE } else { INSERT };
        change!(self.writing, author, tx => {
            let revision = raise_revision!(tx);
            let mut query = sqlx::query(sql)
                .bind(stream.name.as_str())
                .bind(stream.id.to_string())
                .bind(stream.team.as_str())
                .bind(signed(stream.generation))
                .bind(signed(*capacity_generation))
                .bind(to_json(&stream.spec))
                .bind(*idempotency_key)
                .bind(stream.created_at.as_microsecond())
                .bind(stream.updated_at.as_microsecond())
                .bind(revision)
                .bind(asked_by.as_str())
                .bind(stream.spec.reader_role.as_ref().map(|_| stream.id.to_string()));
            if let Some(generation) = expected {
                query = query.bind(signed(*generation));
            }
            if query.execute(&mut *tx).await?.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(FORGET_EVENTS).bind(stream.name.as_str()).execute(&mut *tx).await?;
            for event in &stream.spec.events {
                sqlx::query(ADD_EVENT).bind(stream.name.as_str()).bind(event.as_str()).execute(&mut *tx).await?;
            }
            Deed::made(Action::Put, Noun::Streams, &stream.name, stream)
        })
    }

    /// Asks for generation `expected` of a stream to go away, and takes it out of the rules; false if it is no longer that
    /// generation.
    pub(crate) async fn begin_deletion(
        &self,
        author: &Author,
        name: &StreamName,
        expected: u64,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "update stream set phase = $2, reason = null, generation = generation + 1, served = false, \
                           revision = $3, updated_at = $4, due_at = 0, attempts = 0 \
                           where name = $1 and generation = $5";
        change!(self.writing, author, tx => {
            let revision = raise_revision!(tx);
            let changed = sqlx::query(SQL)
                .bind(name.as_str())
                .bind(to_word(&Phase::Deleting))
                .bind(revision)
                .bind(author.at.as_microsecond())
                .bind(signed(expected))
                .execute(&mut *tx).await?.rows_affected();
            if changed == 0 {
                return Ok(false);
            }
            Deed::ended(Action::Delete, Noun::Streams, name)
        })
    }
}

const INSERT: &str = "insert into stream (name, id, team, generation, capacity_generation, spec, idempotency_key, \
                      created_at, updated_at, revision, asked_by, role_id, \
                      phase, observed_generation, served, looked_at, due_at, attempts, claim, claimed_until) \
                      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'creating', 0, false, 0, 0, 0, '', 0) \
                      on conflict (name) do nothing";
const UPDATE: &str = "update stream set id = $2, team = $3, generation = $4, capacity_generation = $5, spec = $6, \
                      idempotency_key = $7, created_at = $8, updated_at = $9, revision = $10, asked_by = $11, \
                      phase = case when id = $2 and seen is not null then 'updating' else 'creating' end, reason = null, \
                      observed_generation = case when id = $2 then observed_generation else 0 end, \
                      seen = case when id = $2 then seen else null end, \
                      served = served and id = $2, role_id = coalesce(role_id, $12), due_at = 0, attempts = 0 \
                      where name = $1 and generation = $13";
const FORGET_EVENTS: &str = "delete from stream_event where stream = $1";
const ADD_EVENT: &str = "insert into stream_event (stream, event) values ($1, $2)";

macro_rules! stream_columns {
    () => {
        "name, id, team, generation, capacity_generation, spec, idempotency_key, created_at, updated_at, \
         phase, reason, observed_generation, seen, served, revision, attempts, asked_by, role_id"
    };
}
pub(super) use stream_columns;

#[derive(sqlx::FromRow)]
pub(super) struct StreamRow {
    pub(super) name: String,
    id: String,
    team: String,
    generation: i64,
    capacity_generation: i64,
    spec: String,
    idempotency_key: Option<String>,
    created_at: i64,
    updated_at: i64,
    phase: String,
    reason: Option<String>,
    observed_generation: i64,
    seen: Option<String>,
    served: bool,
    revision: i64,
    attempts: i64,
    asked_by: String,
    role_id: Option<String>,
}

impl TryFrom<StreamRow> for StreamRecord {
    type Error = StoreError;

    fn try_from(row: StreamRow) -> Result<Self, StoreError> {
        let status = StreamStatus {
            phase: from_word("stream.phase", &row.phase)?,
            reason: row.reason,
            observed_generation: unsigned("stream.observed_generation", row.observed_generation)?,
            seen: row.seen.map(|seen| from_json("stream.seen", &seen)).transpose()?,
        };
        let stream = Stream {
            id: parsed("stream.id", &row.id)?,
            name: parsed("stream.name", &row.name)?,
            team: parsed("stream.team", &row.team)?,
            generation: unsigned("stream.generation", row.generation)?,
            created_at: timestamp("stream.created_at", row.created_at)?,
            updated_at: timestamp("stream.updated_at", row.updated_at)?,
            spec: from_json("stream.spec", &row.spec)?,
            status,
            access: Default::default(),
        };
        Ok(Self {
            stream,
            capacity_generation: unsigned("stream.capacity_generation", row.capacity_generation)?,
            served: row.served,
            revision: Revision(unsigned("stream.revision", row.revision)?),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            idempotency_key: row.idempotency_key,
            asked_by: parsed("stream.asked_by", &row.asked_by)?,
            role_id: row.role_id.as_deref().map(|id| parsed("stream.role_id", id)).transpose()?,
        })
    }
}
