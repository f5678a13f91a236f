//! What is replaced as a whole by name, and what access depends on: teams and policies.

use std::fmt::Display;
use std::str::FromStr;

use fanner_audit::{Action, Noun};
use fanner_model::{Policy, PolicyName, PolicySpec, Revision, Team, TeamName, TeamSpec};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::audit::{Author, Deed, change};
use super::column::{from_json, parsed, signed, timestamp, to_json, unsigned};
use super::enforcement::decide;
use super::revision::raise_access;
use super::{Pool, Store, StoreError, on, transact};

/// A kind of document.
pub(crate) trait Document: Sized + Serialize {
    /// What tells its rows from those of other kinds.
    const KIND: &'static str;
    const NOUN: Noun;
    type Name: AsRef<str> + FromStr<Err: Display>;
    type Spec: Serialize + DeserializeOwned;

    fn from_parts(parts: Parts<Self::Name, Self::Spec>) -> Self;
    fn to_parts(&self) -> Parts<&Self::Name, &Self::Spec>;
}

/// What every document consists of.
#[derive(Clone, Debug)]
pub(crate) struct Parts<Name, Spec> {
    pub name: Name,
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub spec: Spec,
}

/// A document, and the key that the write which made it carried.
#[derive(Clone, Debug)]
pub(crate) struct Record<D> {
    pub document: D,
    pub idempotency_key: Option<String>,
}

impl Store {
    /// One document.
    pub(crate) async fn document<D: Document>(&self, name: &D::Name) -> Result<Option<Record<D>>, StoreError> {
        const SQL: &str = concat!("select ", columns!(), " where kind = $1 and name = $2");
        let row: Option<DocumentRow> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(D::KIND).bind(name.as_ref()).fetch_optional(db).await)?;
        row.map(Record::try_from).transpose()
    }

    /// Documents of a kind in the order of their names.
    pub(crate) async fn documents<D: Document>(&self, after: &str, limit: u32) -> Result<Vec<D>, StoreError> {
        const SQL: &str = concat!("select ", columns!(), " where kind = $1 and name > $2 order by name limit $3");
        let rows: Vec<DocumentRow> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(D::KIND).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        documents(rows)
    }

    /// Stores a document, in place of the one of its name; false if what access depends on has changed after `since`.
    pub(crate) async fn write_document<D: Document>(
        &self,
        author: &Author,
        new: &Record<D>,
        since: Revision,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "insert into document (kind, name, version, spec, idempotency_key, created_at, updated_at) \
                           values ($1, $2, $3, $4, $5, $6, $7) on conflict (kind, name) do update set \
                           version = excluded.version, spec = excluded.spec, \
                           idempotency_key = excluded.idempotency_key, updated_at = excluded.updated_at";
        let Parts { name, version, created_at, updated_at, spec } = new.document.to_parts();
        change!(self.writing, author, tx => {
            raise_access!(tx, since);
            decide!(tx, author, D::NOUN, name.as_ref());
            sqlx::query(SQL)
                .bind(D::KIND)
                .bind(name.as_ref())
                .bind(signed(version))
                .bind(to_json(spec))
                .bind(new.idempotency_key.as_deref())
                .bind(created_at.as_microsecond())
                .bind(updated_at.as_microsecond())
                .execute(&mut *tx).await?;
            Deed::made(Action::Put, D::NOUN, name.as_ref(), &new.document)
        })
    }

    /// Removes a document; false if what access depends on has changed after `since`.
    pub(crate) async fn delete_document<D: Document>(
        &self,
        author: &Author,
        name: &D::Name,
        since: Revision,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "delete from document where kind = $1 and name = $2";
        change!(self.writing, author, tx => {
            raise_access!(tx, since);
            decide!(tx, author, D::NOUN, name.as_ref());
            sqlx::query(SQL).bind(D::KIND).bind(name.as_ref()).execute(&mut *tx).await?;
            Deed::ended(Action::Delete, D::NOUN, name.as_ref())
        })
    }
}

/// The columns of a document, with the table they come from.
macro_rules! columns {
    () => {
        "name, version, spec, idempotency_key, created_at, updated_at from document"
    };
}
pub(super) use columns;

#[derive(sqlx::FromRow)]
pub(super) struct DocumentRow {
    name: String,
    version: i64,
    spec: String,
    idempotency_key: Option<String>,
    created_at: i64,
    updated_at: i64,
}

pub(super) fn documents<D: Document>(rows: Vec<DocumentRow>) -> Result<Vec<D>, StoreError> {
    rows.into_iter().map(|row| Record::try_from(row).map(|record| record.document)).collect()
}

impl<D: Document> TryFrom<DocumentRow> for Record<D> {
    type Error = StoreError;

    fn try_from(row: DocumentRow) -> Result<Self, StoreError> {
        let DocumentRow { name, version, spec, idempotency_key, created_at, updated_at } = row;
        let document = D::from_parts(Parts {
            name: parsed("document.name", &name)?,
            version: unsigned("document.version", version)?,
            created_at: timestamp("document.created_at", created_at)?,
            updated_at: timestamp("document.updated_at", updated_at)?,
            spec: from_json("document.spec", &spec)?,
        });
        Ok(Self { document, idempotency_key })
    }
}

/// Both kinds are taken apart and put together alike.
macro_rules! document {
    ($Type:ident, $kind:literal, $Noun:ident, $Name:ident, $Spec:ident) => {
        impl Document for $Type {
            const KIND: &'static str = $kind;
            const NOUN: Noun = Noun::$Noun;
            type Name = $Name;
            type Spec = $Spec;

            fn from_parts(parts: Parts<$Name, $Spec>) -> Self {
                let Parts { name, version, created_at, updated_at, spec } = parts;
                Self { name, version, created_at, updated_at, spec }
            }

            fn to_parts(&self) -> Parts<&$Name, &$Spec> {
                let Self { name, version, created_at, updated_at, spec } = self;
                Parts { name, version: *version, created_at: *created_at, updated_at: *updated_at, spec }
            }
        }
    };
}

document!(Team, "team", Teams, TeamName, TeamSpec);
document!(Policy, "policy", Policies, PolicyName, PolicySpec);
