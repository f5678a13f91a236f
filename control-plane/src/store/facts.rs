//! Everything that access depends on, read at one moment.

use fanner_model::{AccessRequest, EventType, Grant, Permission, Policy, Quarantine, Revision, Team};

use super::column::{from_json, unsigned};
use super::document::{Document, DocumentRow, columns, documents};
use super::event_type::{EventTypeRow, event_type_columns};
use super::link::{Link, links};
use super::revision::read;
use super::{EventTypeRecord, Pool, Store, StoreError, on, snapshot, transact};

/// What access depends on, besides who asks for what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The revision of the rules that last changed any of it.
    pub revision: Revision,
    pub teams: Vec<Team>,
    pub policies: Vec<Policy>,
    pub event_types: Vec<EventType>,
    pub permissions: Vec<Permission>,
    pub quarantines: Vec<Quarantine>,
    /// The grants of streams that exist, those that ended as well.
    pub grants: Vec<Grant>,
    /// The requests of streams that exist, without those that were approved.
    pub requests: Vec<AccessRequest>,
}

impl Store {
    /// The revision of the rules that last changed what access depends on.
    pub(crate) async fn access_revision(&self) -> Result<Revision, StoreError> {
        let revision: i64 = on!(self.reading, db => sqlx::query_scalar(REVISION).fetch_one(db).await)?;
        Ok(Revision(unsigned("rules.access", revision)?))
    }

    /// Everything that access depends on.
    pub(crate) async fn facts(&self) -> Result<Facts, StoreError> {
        const DOCUMENTS: &str = concat!("select ", columns!(), " where kind = $1 order by name");
        const EVENT_TYPES: &str = concat!("select ", event_type_columns!(), " from event_type order by name");
        const LINKS: &str = "select body from link where kind = $1 and ended_at is null order by id";
        const GRANTS: &str = "select body from access_grant where stream in (select name from stream) order by id";
        const REQUESTS: &str = "select body from access_request \
                                where state <> 'approved' and stream in (select name from stream) order by id";
        snapshot!(self.reading, tx => {
            let revision: i64 = sqlx::query_scalar(REVISION).fetch_one(&mut *tx).await?;
            let teams: Vec<DocumentRow> = sqlx::query_as(DOCUMENTS).bind(Team::KIND).fetch_all(&mut *tx).await?;
            let policies: Vec<DocumentRow> = sqlx::query_as(DOCUMENTS).bind(Policy::KIND).fetch_all(&mut *tx).await?;
            let types: Vec<EventTypeRow> = sqlx::query_as(EVENT_TYPES).fetch_all(&mut *tx).await?;
            let permissions = sqlx::query_scalar(LINKS).bind(Permission::KIND).fetch_all(&mut *tx).await?;
            let quarantines = sqlx::query_scalar(LINKS).bind(Quarantine::KIND).fetch_all(&mut *tx).await?;
            let grants: Vec<String> = sqlx::query_scalar(GRANTS).fetch_all(&mut *tx).await?;
            let requests: Vec<String> = sqlx::query_scalar(REQUESTS).fetch_all(&mut *tx).await?;
            Facts {
                revision: Revision(unsigned("rules.access", revision)?),
                teams: documents(teams)?,
                policies: documents(policies)?,
                event_types: read(types, |row| &row.name)?.into_iter().map(|record: EventTypeRecord| record.event_type).collect(),
                permissions: links(permissions)?,
                quarantines: links(quarantines)?,
                grants: grants.iter().map(|body| from_json("access_grant.body", body)).collect::<Result<_, _>>()?,
                requests: requests.iter().map(|body| from_json("access_request.body", body)).collect::<Result<_, _>>()?,
            }
        })
    }
}

const REVISION: &str = "select access from rules";
