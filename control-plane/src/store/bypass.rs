//! The newest report on who reads around the fanner, shared by all control planes.

use fanner_model::BypassReport;

use super::column::{from_json, to_json};
use super::{Pool, Store, StoreError, on};

impl Store {
    /// The newest report.
    pub(crate) async fn bypass_report(&self) -> Result<Option<BypassReport>, StoreError> {
        const SQL: &str = "select body from bypass_report";
        let body: Option<String> = on!(self.reading, db => sqlx::query_scalar(SQL).fetch_optional(db).await)?;
        body.map(|body| from_json("bypass_report.body", &body)).transpose()
    }

    /// Keeps a report in place of an older one.
    pub(crate) async fn keep_bypass_report(&self, report: &BypassReport) -> Result<(), StoreError> {
        const SQL: &str = "insert into bypass_report (one, taken_at, body) values (true, $1, $2) \
                           on conflict (one) do update set taken_at = excluded.taken_at, body = excluded.body \
                           where bypass_report.taken_at < excluded.taken_at";
        on!(self.writing, db => sqlx::query(SQL).bind(report.taken_at.as_microsecond()).bind(to_json(report))
            .execute(db).await.map(drop))?;
        Ok(())
    }
}
