//! The revision of the rules, and everything that they are compiled from.

use fanner_model::Revision;

use super::column::unsigned;
use super::stream::{StreamRow, stream_columns};
use super::subscription::{SubscriptionRow, subscription_columns};
use super::{Pool, Store, StoreError, StreamRecord, SubscriptionRecord, on, snapshot, transact};

/// What the rules are compiled from, as it was at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interests {
    pub revision: Revision,
    pub streams: Vec<StreamRecord>,
    pub subscriptions: Vec<SubscriptionRecord>,
}

impl Store {
    /// The newest revision.
    pub(crate) async fn revision(&self) -> Result<Revision, StoreError> {
        let revision: i64 = on!(self.reading, db => sqlx::query_scalar(REVISION).fetch_one(db).await)?;
        Ok(Revision(unsigned("rules.revision", revision)?))
    }

    /// Raises the revision, for rules that time has changed.
    pub(crate) async fn raise_rules(&self) -> Result<(), StoreError> {
        transact!(self.writing, tx => {
            raise_revision!(tx);
        })
    }

    /// Everything that the rules of the newest revision are compiled from.
    pub(crate) async fn interests(&self) -> Result<Interests, StoreError> {
        const STREAMS: &str = concat!("select ", stream_columns!(), " from stream order by name");
        const SUBSCRIPTIONS: &str = concat!("select ", subscription_columns!(), " order by subscription.id");
        let (revision, streams, subscriptions) = snapshot!(self.reading, tx => {
            let revision: i64 = sqlx::query_scalar(REVISION).fetch_one(&mut *tx).await?;
            let streams: Vec<StreamRow> = sqlx::query_as(STREAMS).fetch_all(&mut *tx).await?;
            let subscriptions: Vec<SubscriptionRow> = sqlx::query_as(SUBSCRIPTIONS).fetch_all(&mut *tx).await?;
            (revision, streams, subscriptions)
        })?;
        Ok(Interests {
            revision: Revision(unsigned("rules.revision", revision)?),
            streams: read(streams, |row| &row.name)?,
            subscriptions: read(subscriptions, |row| &row.id)?,
        })
    }
}

/// What rows say; of one that cannot be read, which one it is.
pub(super) fn read<R, T: TryFrom<R, Error = StoreError>>(
    rows: Vec<R>,
    name: fn(&R) -> &str,
) -> Result<Vec<T>, StoreError> {
    let read = |row: R| {
        let name = name(&row).to_owned();
        T::try_from(row).map_err(|error| error.in_row(name))
    };
    rows.into_iter().map(read).collect()
}

const REVISION: &str = "select revision from rules";

/// Raises the revision within a transaction and gives the new one. Always a transaction's first statement: whoever
/// raises it holds its row, so writers queue here and cannot lock each other out further on.
macro_rules! raise_revision {
    ($tx:ident) => {{
        let raised: i64 = sqlx::query_scalar("update rules set revision = revision + 1 returning revision")
            .fetch_one(&mut *$tx)
            .await?;
        raised
    }};
}
pub(super) use raise_revision;

/// The same, for a write that changes what access depends on. With a revision, only if that is still the newest one that
/// changed it: what the write was decided on is then still true; else the block is left with `false`.
macro_rules! raise_access {
    ($tx:ident) => {
        sqlx::query("update rules set revision = revision + 1, access = revision + 1").execute(&mut *$tx).await?;
    };
    ($tx:ident, $since:expr) => {
        let raised = sqlx::query("update rules set revision = revision + 1, access = revision + 1 where access = $1")
            .bind($crate::store::column::signed($since.0))
            .execute(&mut *$tx)
            .await?;
        if raised.rows_affected() == 0 {
            return Ok(false);
        }
    };
}
pub(super) use raise_access;
