//! Decisions about access, and when every fanner obeyed them. A decision is noted in the transaction that makes it.

use std::collections::BTreeSet;

use fanner_model::{Revision, WorkerId};
use jiff::Timestamp;

use super::column::{from_json, signed, timestamp, to_json, unsigned};
use super::{Pool, Store, StoreError, on};

/// A decision.
#[derive(Clone, Debug)]
pub(crate) struct DecisionRecord {
    pub subject: String,
    pub revision: Revision,
    pub decided_at: Timestamp,
    /// Set once no live fanner was left that did not obey it.
    pub enforced: Option<Enforced>,
}

/// The end of a decision's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enforced {
    pub at: Timestamp,
    pub silent: BTreeSet<WorkerId>,
}

impl Store {
    /// Decisions after a revision, in their order; `open`: only those that are not in force everywhere.
    pub(crate) async fn decisions(
        &self,
        open: bool,
        after: Revision,
        limit: u32,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        const ALL: &str = "select subject, revision, decided_at, enforced_at, silent from enforcement \
                           where revision > $1 order by revision limit $2";
        const OPEN: &str = "select subject, revision, decided_at, enforced_at, silent from enforcement \
                            where revision > $1 and enforced_at is null order by revision limit $2";
        let sql = if open { OPEN } else { ALL };
        let rows: Vec<DecisionRow> = on!(self.reading, db => sqlx::query_as(sql)
            .bind(signed(after.0)).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(DecisionRecord::try_from).collect()
    }

    /// The last decision about a subject.
    pub(crate) async fn decision(&self, subject: &str) -> Result<Option<DecisionRecord>, StoreError> {
        const SQL: &str = "select subject, revision, decided_at, enforced_at, silent from enforcement \
                           where subject = $1 order by revision desc limit 1";
        let row: Option<DecisionRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(subject).fetch_optional(db).await)?;
        row.map(DecisionRecord::try_from).transpose()
    }

    /// Notes that a decision is in force everywhere; false if that was noted before.
    pub(crate) async fn enforce(&self, revision: Revision, enforced: &Enforced) -> Result<bool, StoreError> {
        const SQL: &str =
            "update enforcement set enforced_at = $2, silent = $3 where revision = $1 and enforced_at is null";
        let Enforced { at, silent } = enforced;
        let noted = on!(self.writing, db => sqlx::query(SQL).bind(signed(revision.0)).bind(at.as_microsecond())
            .bind((!silent.is_empty()).then(|| to_json(silent))).execute(db).await.map(|done| done.rows_affected()))?;
        Ok(0 < noted)
    }
}

pub(super) const DECIDE: &str =
    "insert into enforcement (revision, subject, decided_at) select access, $1, $2 from rules";

/// Notes a decision about a subject, within the transaction that has just raised what access depends on.
macro_rules! decide {
    ($tx:ident, $author:expr, $noun:expr, $key:expr) => {
        sqlx::query($crate::store::enforcement::DECIDE)
            .bind(fanner_audit::Subject::new($noun, $key.to_string()).to_string())
            .bind($author.at.as_microsecond())
            .execute(&mut *$tx)
            .await?
    };
}
pub(super) use decide;

#[derive(sqlx::FromRow)]
struct DecisionRow {
    subject: String,
    revision: i64,
    decided_at: i64,
    enforced_at: Option<i64>,
    silent: Option<String>,
}

impl TryFrom<DecisionRow> for DecisionRecord {
    type Error = StoreError;

    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let DecisionRow { subject, revision, decided_at, enforced_at, silent } = row;
        let enforced = enforced_at.map(|at| {
            let silent = silent.map(|silent| from_json("enforcement.silent", &silent)).transpose()?.unwrap_or_default();
            Ok::<_, StoreError>(Enforced { at: timestamp("enforcement.enforced_at", at)?, silent })
        });
        Ok(Self {
            subject,
            revision: Revision(unsigned("enforcement.revision", revision)?),
            decided_at: timestamp("enforcement.decided_at", decided_at)?,
            enforced: enforced.transpose()?,
        })
    }
}
