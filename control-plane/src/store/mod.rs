//! What must outlive the process, on SQLite (one file) or PostgreSQL: one SQL text for both. SQL and rows stay in this
//! folder, one file a noun; what comes out are the model's types. A write that others may have overtaken is a
//! compare-and-set, and says so by its answer.

mod access_request;
mod audit;
mod break_glass;
mod bypass;
mod campaign;
mod checkpoint;
mod column;
mod delivery;
mod document;
mod enforcement;
mod event_type;
mod facts;
mod grant;
mod link;
mod login;
mod past;
mod reminder;
mod revision;
mod session;
mod sighting;
mod stream;
mod subscription;
mod token;
mod turn;
mod worker;

use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

pub(crate) use access_request::RequestFilter;
pub(crate) use audit::{Author, Deed};
pub(crate) use campaign::Consequence;
pub(crate) use checkpoint::CheckpointRecord;
pub(crate) use delivery::Deliveries;
pub(crate) use document::{Document, Parts, Record};
pub(crate) use enforcement::{DecisionRecord, Enforced};
pub(crate) use event_type::EventTypeRecord;
pub(crate) use facts::Facts;
pub(crate) use grant::GrantFilter;
pub(crate) use link::Link;
pub(crate) use login::LoginRecord;
pub(crate) use revision::Interests;
pub(crate) use session::{ProofUse, SessionRecord};
pub(crate) use stream::{StreamRecord, StreamWrite};
pub(crate) use subscription::SubscriptionRecord;
pub(crate) use turn::{Claim, Outcome, Range};

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    reading: Pool,
    /// SQLite takes one writer at a time: here it is one connection, so that writers queue instead of failing.
    writing: Pool,
}

/// Either database.
#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs an expression on whichever database is open.
macro_rules! on {
    ($pool:expr, $db:ident => $run:expr) => {
        match &$pool {
            Pool::Sqlite($db) => $run,
            Pool::Postgres($db) => $run,
        }
    };
}

/// Runs a block in a transaction that is committed at its end; leaving early with `return` or `?` undoes everything.
macro_rules! transact {
    ($pool:expr, $tx:ident => $body:block) => {
        transact!(@ $pool, "begin immediate", "begin", $tx => $body)
    };
    (@ $pool:expr, $sqlite:literal, $postgres:literal, $tx:ident => $body:block) => {
        match &$pool {
            Pool::Sqlite(pool) => transact!(@@ pool.begin_with($sqlite), $tx => $body),
            Pool::Postgres(pool) => transact!(@@ pool.begin_with($postgres), $tx => $body),
        }
    };
    (@@ $begin:expr, $tx:ident => $body:block) => {
        async {
            let mut $tx = $begin.await?;
            let value = $body;
            $tx.commit().await?;
            Ok::<_, StoreError>(value)
        }
        .await
    };
}

/// Runs a block that reads several tables as they were at one moment.
macro_rules! snapshot {
    ($pool:expr, $tx:ident => $body:block) => {
        transact!(@ $pool, "begin", "begin isolation level repeatable read read only", $tx => $body)
    };
}

use {on, snapshot, transact};

impl Store {
    /// Opens the database at `url` (`sqlite:///path/to/file` or `postgres://…`) and brings its tables up to date.
    ///
    /// # Errors
    /// The address is not one of these two, the database cannot be reached, or it is newer than this program.
    pub(crate) async fn open(url: &str) -> Result<Self, OpenError> {
        let store = match url.split_once(':') {
            Some(("sqlite", _)) => Self::open_sqlite(url).await?,
            Some(("postgres" | "postgresql", _)) => Self::open_postgres(url).await?,
            _ => return Err(OpenError::Address),
        };
        match &store.writing {
            Pool::Sqlite(pool) => sqlx::migrate!("./migrations/sqlite").run(pool).await?,
            Pool::Postgres(pool) => sqlx::migrate!("./migrations/postgres").run(pool).await?,
        }
        Ok(store)
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        on!(self.reading, db => sqlx::query("select 1").execute(db).await.map(drop))?;
        Ok(())
    }

    /// Closes every connection, after what is under way is done.
    pub(crate) async fn close(&self) {
        on!(self.reading, db => db.close().await);
        on!(self.writing, db => db.close().await);
    }

    /// Full synchronisation: what was answered survives a power cut as well.
    async fn open_sqlite(url: &str) -> Result<Self, OpenError> {
        let options: SqliteConnectOptions = url.parse().map_err(OpenError::Connect)?;
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let pool = |size| SqlitePoolOptions::new().max_connections(size).acquire_timeout(PATIENCE);
        let writing = pool(1).connect_with(options.clone()).await.map_err(OpenError::Connect)?;
        let reading = pool(4).connect_with(options).await.map_err(OpenError::Connect)?;
        Ok(Self { reading: Pool::Sqlite(reading), writing: Pool::Sqlite(writing) })
    }

    /// The same store, which no longer waits for the disk: for tests that write a hundred thousand times.
    #[cfg(test)]
    pub(crate) async fn hasty(self) -> Result<Self, StoreError> {
        on!(self.writing, db => sqlx::query("pragma synchronous = off").execute(db).await.map(drop))?;
        Ok(self)
    }

    async fn open_postgres(url: &str) -> Result<Self, OpenError> {
        let options: PgConnectOptions = url.parse().map_err(OpenError::Connect)?;
        let options = options.application_name("fanner-control-plane");
        let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(PATIENCE).connect_with(options).await;
        let pool = pool.map_err(OpenError::Connect)?;
        Ok(Self { reading: Pool::Postgres(pool.clone()), writing: Pool::Postgres(pool) })
    }
}

/// How long a request waits for a connection before the database counts as away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the database could not be opened. The address is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "the database address must start with `sqlite:` or `postgres:`, such as `sqlite:///var/lib/fanner/fanner.db`"
    )]
    Address,
    #[error("the database cannot be opened")]
    Connect(#[source] sqlx::Error),
    #[error("the database's tables cannot be brought up to date")]
    Migrate(#[from] MigrateError),
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It may do so later.
    #[error("the database does not answer")]
    Unavailable(#[source] sqlx::Error),
    /// A row names another that does not exist, or is named by one that still does.
    #[error("rows would refer to a row that is not there")]
    Dangling(#[source] sqlx::Error),
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
    /// What is stored is not what this program stores.
    #[error("column `{column}`{} holds `{text}`, which cannot be read back: {cause}", of(row.as_deref()))]
    Corrupt { row: Option<String>, column: &'static str, text: String, cause: String },
}

impl StoreError {
    /// The same error, about the row of this name.
    fn in_row(self, name: String) -> Self {
        match self {
            Self::Corrupt { row: _, column, text, cause } => Self::Corrupt { row: Some(name), column, text, cause },
            Self::Unavailable(_) | Self::Dangling(_) | Self::Refused(_) => self,
        }
    }
}

fn of(row: Option<&str>) -> String {
    row.map(|row| format!(" of row `{row}`")).unwrap_or_default()
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_foreign_key_violation() => Self::Dangling(error),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Self::Unavailable(error)
            }
            sqlx::Error::Database(cause) if cause.code().is_some_and(|code| is_passing(&code)) => {
                Self::Unavailable(error)
            }
            _ => Self::Refused(error),
        }
    }
}

/// Whether a database's own error code says "not now": PostgreSQL shutting down, out of connections, serialization
/// failure, deadlock; SQLite busy.
fn is_passing(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P03" | "53300" | "40001" | "40P01" | "5" | "261" | "517")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let error = column::unsigned("stream.generation", -1).unwrap_err().in_row("fraud".into());
        assert_eq!(
            error.to_string(),
            "column `stream.generation` of row `fraud` holds `-1`, which cannot be read back: out of range integral type conversion attempted"
        );
    }
}
