//! The audit log. An entry is appended in the transaction of what it records, so that there is never one without the
//! other: a write that must be recorded runs in [`change!`], which takes its author and asks what was done.

use fanner_audit::{Action, Entry, Frontier, Node, Noun, Outcome, State, Subject, Version};
use fanner_model::{AuditRecord, CallerId, Digest};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::{PgConnection, SqliteConnection};

use super::column::{corrupt, signed, timestamp, unsigned};
use super::{Pool, Store, StoreError, on, transact};

/// Who answers for a write.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub caller: CallerId,
    pub at: Timestamp,
    /// The `x-request-id` of the answer.
    pub request: Option<String>,
}

/// What was done, or refused.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub action: Action,
    pub subject: Subject,
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub after: Option<State>,
}

impl Deed {
    /// A thing is as it is from now on.
    pub(crate) fn made(action: Action, noun: Noun, key: impl ToString, after: &impl Serialize) -> Self {
        Self { after: Some(State::of(after)), ..Self::ended(action, noun, key) }
    }

    /// A thing is gone.
    pub(crate) fn ended(action: Action, noun: Noun, key: impl ToString) -> Self {
        let subject = Subject::new(noun, key.to_string());
        Self { action, subject, outcome: Outcome::Allowed, reason: None, after: None }
    }

    /// Nothing was done.
    pub(crate) fn refused(action: Action, subject: Subject, reason: &str) -> Self {
        Self { action, subject, outcome: Outcome::Refused, reason: Some(reason.to_owned()), after: None }
    }

    /// The same deed, with the reason that its author gave.
    pub(crate) fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }
}

impl IntoIterator for Deed {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

/// Runs a block that changes something, in a transaction. The block ends with the deeds, which are appended to the audit
/// log before the commit, and the whole gives true. A block that was overtaken leaves with `return Ok(false)`.
macro_rules! change {
    ($pool:expr, $author:expr, $tx:ident => $body:block) => {
        transact!($pool, $tx => {
            let deeds = $body;
            $crate::store::audit::append((&mut *$tx).into(), $author, deeds).await?;
            true
        })
    };
}
pub(super) use change;

/// The connection of a transaction.
pub(super) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl<'a> From<&'a mut SqliteConnection> for Connection<'a> {
    fn from(connection: &'a mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

impl<'a> From<&'a mut PgConnection> for Connection<'a> {
    fn from(connection: &'a mut PgConnection) -> Self {
        Self::Postgres(connection)
    }
}

/// Appends entries at the end of a transaction. The head's row is held from here on, always as the last one, so that
/// writers queue here and cannot lock each other out.
pub(super) async fn append(
    connection: Connection<'_>,
    author: &Author,
    deeds: impl IntoIterator<Item = Deed>,
) -> Result<(), StoreError> {
    macro_rules! append {
        ($db:expr) => {{
            let head: HeadRow = sqlx::query_as(HOLD).bind(author.at.as_microsecond()).fetch_one(&mut *$db).await?;
            let mut head = Head::try_from(head)?;
            for deed in deeds {
                let Leaf { entry, text, nodes } = head.append(author, deed);
                sqlx::query(ADD_ENTRY)
                    .bind(signed(entry.seq))
                    .bind(text.into_bytes())
                    .bind(entry.at.as_microsecond())
                    .bind(entry.subject.noun.as_str())
                    .bind(entry.subject.key)
                    .bind(entry.outcome == Outcome::Allowed)
                    .execute(&mut *$db)
                    .await?;
                for (Node { level, position }, hash) in nodes {
                    sqlx::query(ADD_NODE)
                        .bind(i64::from(level))
                        .bind(signed(position))
                        .bind(hash.0.to_vec())
                        .execute(&mut *$db)
                        .await?;
                }
            }
            sqlx::query(GROW).bind(head.frontier.to_bytes()).execute(&mut *$db).await?;
        }};
    }
    match connection {
        Connection::Sqlite(db) => append!(db),
        Connection::Postgres(db) => append!(db),
    }
    Ok(())
}

const HOLD: &str = "update audit_head set at = case when at < $1 then $1 else at end returning frontier, at";
const ADD_ENTRY: &str = "insert into audit_entry (seq, entry, at, noun, key, changes) values ($1, $2, $3, $4, $5, $6)";
const ADD_NODE: &str = "insert into audit_node (level, position, hash) values ($1, $2, $3)";
const GROW: &str = "update audit_head set frontier = $1";

/// The end of the log.
struct Head {
    frontier: Frontier,
    /// When it grew last, or now if that is later.
    at: Timestamp,
}

/// An entry, the text that it was hashed as, and the subtrees that it completes.
struct Leaf {
    entry: Entry,
    text: String,
    nodes: Vec<(Node, Digest)>,
}

impl Head {
    fn append(&mut self, author: &Author, deed: Deed) -> Leaf {
        let Deed { action, subject, outcome, reason, after } = deed;
        let entry = Entry {
            version: Version,
            seq: self.frontier.size(),
            at: self.at,
            actor: author.caller.clone(),
            action,
            subject,
            outcome,
            reason,
            request: author.request.clone(),
            after,
        };
        let text = entry.text();
        let nodes = self.frontier.append(Entry::leaf(&text));
        Leaf { entry, text, nodes }
    }
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    frontier: Vec<u8>,
    at: i64,
}

impl TryFrom<HeadRow> for Head {
    type Error = StoreError;

    fn try_from(HeadRow { frontier, at }: HeadRow) -> Result<Self, StoreError> {
        Ok(Self { frontier: frontier_of("audit_head.frontier", &frontier)?, at: timestamp("audit_head.at", at)? })
    }
}

impl Store {
    /// Records what was refused.
    pub(crate) async fn record_refusal(&self, author: &Author, deed: Deed) -> Result<bool, StoreError> {
        change!(self.writing, author, tx => { deed })
    }

    /// The places of the log from `first` on, whether the entry or its leaf is still there or not.
    pub(crate) async fn audit_records(&self, first: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        const SQL: &str = "select place.seq, audit_entry.entry, audit_node.hash from ( \
                               select seq from (select seq from audit_entry where seq >= $1 order by seq limit $2) as entries \
                               union select position from (select position from audit_node where level = 0 and position >= $1 order by position limit $2) as leaves \
                           ) as place \
                           left join audit_entry on audit_entry.seq = place.seq \
                           left join audit_node on audit_node.level = 0 and audit_node.position = place.seq \
                           order by place.seq limit $2";
        let rows: Vec<RecordRow> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(signed(first)).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(AuditRecord::try_from).collect()
    }

    /// What was done to a subject, the newest first.
    pub(crate) async fn audit_history(&self, noun: Noun, key: &str, limit: u32) -> Result<Vec<Entry>, StoreError> {
        const SQL: &str =
            "select entry from audit_entry where noun = $1 and key = $2 and changes order by seq desc limit $3";
        let texts: Vec<Vec<u8>> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(noun.as_str()).bind(key).bind(i64::from(limit)).fetch_all(db).await)?;
        let read = |text: Vec<u8>| {
            let text = String::from_utf8_lossy(&text);
            Entry::parse(&text).map_err(|cause| corrupt("audit_entry.entry", &text, cause))
        };
        texts.into_iter().map(read).collect()
    }

    /// The hash of a complete subtree; `None`: the log does not have it.
    pub(crate) async fn audit_node(&self, Node { level, position }: Node) -> Result<Option<Digest>, StoreError> {
        const SQL: &str = "select hash from audit_node where level = $1 and position = $2";
        let hash: Option<Vec<u8>> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(i64::from(level)).bind(signed(position)).fetch_optional(db).await)?;
        hash.map(digest).transpose()
    }
}

#[derive(sqlx::FromRow)]
struct RecordRow {
    seq: i64,
    entry: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
}

impl TryFrom<RecordRow> for AuditRecord {
    type Error = StoreError;

    /// What somebody may have altered is shown as it is, so that whoever verifies it can name it.
    fn try_from(RecordRow { seq, entry, hash }: RecordRow) -> Result<Self, StoreError> {
        Ok(Self {
            seq: unsigned("audit_entry.seq", seq)?,
            text: entry.map(|entry| String::from_utf8_lossy(&entry).into_owned()),
            leaf: hash.and_then(|hash| digest(hash).ok()),
        })
    }
}

fn digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    let digest = bytes.try_into().map(Digest);
    digest.map_err(|bytes: Vec<u8>| corrupt("audit_node.hash", format!("{} bytes", bytes.len()), "a digest has 32"))
}

pub(super) fn frontier_of(column: &'static str, bytes: &[u8]) -> Result<Frontier, StoreError> {
    Frontier::from_bytes(bytes).map_err(|cause| corrupt(column, format!("{} bytes", bytes.len()), cause))
}
