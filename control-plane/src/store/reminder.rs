//! Reminders of grants that end soon: each is given once.

use fanner_audit::{Action, Noun};
use fanner_model::Grant;
use jiff::Timestamp;

use super::audit::{Author, Deed, change};
use super::column::from_json;
use super::{Pool, Store, StoreError, on, transact};

impl Store {
    /// The live grants that end after `from` and until `to`, and of whose end nobody was reminded `days` before.
    pub(crate) async fn grants_to_remind_of(
        &self,
        days: u16,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Grant>, StoreError> {
        const SQL: &str = "select body from access_grant where revoked_at is null and ends_at > $1 and ends_at <= $2 \
                           and not exists (select 1 from reminder where grant_id = access_grant.id \
                                           and ends_at = access_grant.ends_at and days = $3) order by id";
        let bodies: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(from.as_microsecond()).bind(to.as_microsecond()).bind(i64::from(days)).fetch_all(db).await)?;
        bodies.iter().map(|body| from_json("access_grant.body", body)).collect()
    }

    /// Records that those concerned were reminded of a grant's end; false if they were already.
    pub(crate) async fn note_reminder(&self, author: &Author, grant: &Grant, days: u16) -> Result<bool, StoreError> {
        const SQL: &str = "insert into reminder (grant_id, ends_at, days) values ($1, $2, $3) on conflict do nothing";
        change!(self.writing, author, tx => {
            let noted = sqlx::query(SQL)
                .bind(grant.id.to_string())
                .bind(grant.until.as_microsecond())
                .bind(i64::from(days))
                .execute(&mut *tx).await?;
            if noted.rows_affected() == 0 {
                return Ok(false);
            }
            Deed::made(Action::Remind, Noun::Grants, grant.id, grant).because(&format!("it ends within {days} days"))
        })
    }
}
