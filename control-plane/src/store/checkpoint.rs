//! What the audit log was at some moments, signed.

use jiff::Timestamp;

use super::column::{signed, unsigned};
use super::{Pool, Store, StoreError, on};

/// A checkpoint as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointRecord {
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// The right edge of the tree then, from where the log is signed on. It counts only if it has the root of the note.
    pub frontier: Vec<u8>,
}

impl Store {
    /// Stores a checkpoint, unless there is one of its size.
    pub(crate) async fn insert_checkpoint(&self, new: &CheckpointRecord, now: Timestamp) -> Result<(), StoreError> {
        const SQL: &str = "insert into audit_checkpoint (size, note, frontier, signed_at) values ($1, $2, $3, $4) \
                           on conflict (size) do nothing";
        let CheckpointRecord { size, note, frontier } = new;
        on!(self.writing, db => sqlx::query(SQL).bind(signed(*size)).bind(note.as_str()).bind(frontier.as_slice())
            .bind(now.as_microsecond()).execute(db).await.map(drop))?;
        Ok(())
    }

    /// The newest checkpoint.
    pub(crate) async fn newest_checkpoint(&self) -> Result<Option<CheckpointRecord>, StoreError> {
        const SQL: &str = "select size, note, frontier from audit_checkpoint order by size desc limit 1";
        let row: Option<Row> = on!(self.reading, db => sqlx::query_as(SQL).fetch_optional(db).await)?;
        row.map(checkpoint).transpose()
    }

    /// Checkpoints of more than `size` entries, in the order of their sizes.
    pub(crate) async fn checkpoints(&self, size: u64, limit: u32) -> Result<Vec<CheckpointRecord>, StoreError> {
        const SQL: &str = "select size, note, frontier from audit_checkpoint where size > $1 order by size limit $2";
        let rows: Vec<Row> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(signed(size)).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(checkpoint).collect()
    }
}

type Row = (i64, String, Vec<u8>);

fn checkpoint((size, note, frontier): Row) -> Result<CheckpointRecord, StoreError> {
    Ok(CheckpointRecord { size: unsigned("audit_checkpoint.size", size)?, note, frontier })
}
