//! Grants. They are made and moved by requests; by themselves they only end.

use fanner_audit::{Action, Noun};
use fanner_model::{Grant, GrantId, Revision, TeamName};
use jiff::Timestamp;

use super::audit::{Author, Deed, change};
use super::column::from_json;
use super::enforcement::decide;
use super::revision::raise_access;
use super::{Pool, Store, StoreError, on, transact};

/// Which grants are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GrantFilter<'a> {
    /// Only those that this team has, or that are about its events.
    pub team: Option<&'a TeamName>,
    /// Only those that are live at this moment.
    pub live_at: Option<Timestamp>,
}

impl Store {
    /// One grant.
    pub(crate) async fn grant(&self, id: GrantId) -> Result<Option<Grant>, StoreError> {
        const SQL: &str = "select body from access_grant where id = $1";
        let body: Option<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(id.to_string()).fetch_optional(db).await)?;
        body.map(|body| from_json("access_grant.body", &body)).transpose()
    }

    /// Grants in the order of their ids, which is that of their making.
    pub(crate) async fn grants(
        &self,
        filter: GrantFilter<'_>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Grant>, StoreError> {
        const SQL: &str = "select body from access_grant where id > $1 \
                           and ($2 = '' or team = $2 or event in (select name from event_type where team = $2)) \
                           and ($3 = 0 or (revoked_at is null and ends_at > $3)) order by id limit $4";
        let team = filter.team.map_or("", TeamName::as_str);
        let live_at = filter.live_at.map_or(0, Timestamp::as_microsecond);
        let bodies: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(after).bind(team).bind(live_at).bind(i64::from(limit)).fetch_all(db).await)?;
        bodies.iter().map(|body| from_json("access_grant.body", body)).collect()
    }

    /// Every grant that is live at `now`, those of streams that are gone as well.
    pub(crate) async fn live_grants(&self, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
        self.grants(GrantFilter { team: None, live_at: Some(now) }, "", u32::MAX).await
    }

    /// Stores a grant as it is now, after an action; false if what access depends on has changed after `since`.
    pub(crate) async fn write_grant(
        &self,
        author: &Author,
        action: Action,
        grant: &Grant,
        since: Revision,
    ) -> Result<bool, StoreError> {
        change!(self.writing, author, tx => {
            raise_access!(tx, since);
            decide!(tx, author, Noun::Grants, grant.id);
            write_grant!(tx, grant);
            Deed::made(action, Noun::Grants, grant.id, grant)
        })
    }
}

pub(super) const WRITE: &str = "insert into access_grant (id, stream, team, event, ends_at, revoked_at, body) \
                                values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do update set \
                                ends_at = excluded.ends_at, revoked_at = excluded.revoked_at, body = excluded.body";

/// Stores a grant as it is now, within a transaction.
macro_rules! write_grant {
    ($tx:ident, $grant:expr) => {
        sqlx::query($crate::store::grant::WRITE)
            .bind($grant.id.to_string())
            .bind($grant.stream.as_str())
            .bind($grant.team.as_str())
            .bind($grant.event.as_str())
            .bind($grant.until.as_microsecond())
            .bind($grant.revoked.as_ref().map(|revoked| revoked.at.as_microsecond()))
            .bind($crate::store::column::to_json($grant))
            .execute(&mut *$tx)
            .await?
    };
}
pub(super) use write_grant;
