//! What holds until it is ended: standing permissions and quarantines.

use fanner_audit::{Action, Noun};
use fanner_model::{Permission, PermissionId, Quarantine, QuarantineId, Revision};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::audit::{Author, Deed, change};
use super::column::{from_json, to_json};
use super::enforcement::decide;
use super::revision::raise_access;
use super::{Pool, Store, StoreError, on, transact};

/// A kind of link.
pub(crate) trait Link: Serialize + DeserializeOwned {
    /// What tells its rows from those of other kinds.
    const KIND: &'static str;
    const NOUN: Noun;
    type Id: ToString + Copy;

    fn id(&self) -> Self::Id;
}

impl Link for Permission {
    const KIND: &'static str = "permission";
    const NOUN: Noun = Noun::Permissions;
    type Id = PermissionId;

    fn id(&self) -> PermissionId {
        self.id
    }
}

impl Link for Quarantine {
    const KIND: &'static str = "quarantine";
    const NOUN: Noun = Noun::Quarantines;
    type Id = QuarantineId;

    fn id(&self) -> QuarantineId {
        self.id
    }
}

impl Store {
    /// One link that was not ended.
    pub(crate) async fn link<L: Link>(&self, id: L::Id) -> Result<Option<L>, StoreError> {
        const SQL: &str = "select body from link where kind = $1 and id = $2 and ended_at is null";
        let body: Option<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(L::KIND).bind(id.to_string()).fetch_optional(db).await)?;
        body.map(|body| from_json("link.body", &body)).transpose()
    }

    /// Links of a kind that were not ended, in the order of their ids.
    pub(crate) async fn links<L: Link>(&self, after: &str, limit: u32) -> Result<Vec<L>, StoreError> {
        const SQL: &str = "select body from link where kind = $1 and id > $2 and ended_at is null order by id limit $3";
        let bodies: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(L::KIND).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        links(bodies)
    }

    /// Stores a new link; false if what access depends on has changed after `since`, or there was one of its id.
    pub(crate) async fn insert_link<L: Link>(
        &self,
        author: &Author,
        new: &L,
        since: Revision,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "insert into link (kind, id, body) values ($1, $2, $3) on conflict (kind, id) do nothing";
        change!(self.writing, author, tx => {
            raise_access!(tx, since);
            decide!(tx, author, L::NOUN, new.id());
            let inserted = sqlx::query(SQL).bind(L::KIND).bind(new.id().to_string()).bind(to_json(new))
                .execute(&mut *tx).await?;
            if inserted.rows_affected() == 0 {
                return Ok(false);
            }
            Deed::made(Action::Create, L::NOUN, new.id(), new)
        })
    }

    /// Ends a link; false if what access depends on has changed after `since`.
    pub(crate) async fn end_link<L: Link>(
        &self,
        author: &Author,
        id: L::Id,
        since: Revision,
    ) -> Result<bool, StoreError> {
        change!(self.writing, author, tx => {
            raise_access!(tx, since);
            decide!(tx, author, L::NOUN, id);
            end_link!(tx, author, L::KIND, id);
            Deed::ended(Action::Delete, L::NOUN, id)
        })
    }
}

pub(super) const END: &str =
    "update link set ended_at = $3, ended_by = $4 where kind = $1 and id = $2 and ended_at is null";

/// Ends a link within a transaction.
macro_rules! end_link {
    ($tx:ident, $author:expr, $kind:expr, $id:expr) => {
        sqlx::query($crate::store::link::END)
            .bind($kind)
            .bind($id.to_string())
            .bind($author.at.as_microsecond())
            .bind($author.caller.as_str())
            .execute(&mut *$tx)
            .await?
    };
}
pub(super) use end_link;

pub(super) fn links<L: Link>(bodies: Vec<String>) -> Result<Vec<L>, StoreError> {
    bodies.iter().map(|body| from_json("link.body", body)).collect()
}
