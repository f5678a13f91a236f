//! Ways around the fanner that security acknowledged.

use fanner_audit::{Action, Noun};
use fanner_model::{BreakGlass, BreakGlassId};
use jiff::Timestamp;

use super::audit::{Author, Deed, change};
use super::column::{from_json, to_json};
use super::{Pool, Store, StoreError, on, transact};

impl Store {
    /// One that was not taken back.
    pub(crate) async fn break_glass(&self, id: BreakGlassId) -> Result<Option<BreakGlass>, StoreError> {
        const SQL: &str = "select body from break_glass where id = $1 and ended_at is null";
        let body: Option<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(id.to_string()).fetch_optional(db).await)?;
        Ok(read(body)?.pop())
    }

    /// Those that were not taken back, in the order of their ids.
    pub(crate) async fn break_glasses(&self, after: &str, limit: u32) -> Result<Vec<BreakGlass>, StoreError> {
        const SQL: &str = "select body from break_glass where id > $1 and ended_at is null order by id limit $2";
        let bodies: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        read(bodies)
    }

    /// Those that count at `now`.
    pub(crate) async fn live_break_glass(&self, now: Timestamp) -> Result<Vec<BreakGlass>, StoreError> {
        const SQL: &str = "select body from break_glass where expires_at > $1 and ended_at is null order by id";
        let bodies: Vec<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(now.as_microsecond()).fetch_all(db).await)?;
        read(bodies)
    }

    /// Stores a new one; false if there was one of its id.
    pub(crate) async fn insert_break_glass(&self, author: &Author, new: &BreakGlass) -> Result<bool, StoreError> {
        const SQL: &str =
            "insert into break_glass (id, body, expires_at) values ($1, $2, $3) on conflict (id) do nothing";
        change!(self.writing, author, tx => {
            let inserted = sqlx::query(SQL).bind(new.id.to_string()).bind(to_json(new))
                .bind(new.spec.expires_at.as_microsecond()).execute(&mut *tx).await?;
            if inserted.rows_affected() == 0 {
                return Ok(false);
            }
            Deed::made(Action::Create, Noun::BreakGlass, new.id, new)
        })
    }

    /// Takes one back; false if there is none of its id.
    pub(crate) async fn end_break_glass(&self, author: &Author, id: BreakGlassId) -> Result<bool, StoreError> {
        const SQL: &str = "update break_glass set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null";
        change!(self.writing, author, tx => {
            let ended = sqlx::query(SQL).bind(id.to_string()).bind(author.at.as_microsecond())
                .bind(author.caller.as_str()).execute(&mut *tx).await?;
            if ended.rows_affected() == 0 {
                return Ok(false);
            }
            Deed::ended(Action::Delete, Noun::BreakGlass, id)
        })
    }
}

fn read(bodies: impl IntoIterator<Item = String>) -> Result<Vec<BreakGlass>, StoreError> {
    bodies.into_iter().map(|body| from_json("break_glass.body", &body)).collect()
}
