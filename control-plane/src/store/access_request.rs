//! Requests for access.

use fanner_audit::{Action, Noun};
use fanner_model::{AccessRequest, Grant, RequestId, RequestStatus, Revision, TeamName};

use super::audit::{Author, Deed, change};
use super::column::{from_json, to_json};
use super::enforcement::decide;
use super::grant::write_grant;
use super::revision::raise_access;
use super::{Pool, Store, StoreError, on, transact};

/// Which requests are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestFilter<'a> {
    /// Only those that this team made or may decide as the owner of the event.
    pub team: Option<&'a TeamName>,
    /// Only those that wait for somebody.
    pub pending: bool,
}

impl Store {
    /// One request.
    pub(crate) async fn request(&self, id: RequestId) -> Result<Option<AccessRequest>, StoreError> {
        const SQL: &str = "select body from access_request where id = $1";
        let body: Option<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(id.to_string()).fetch_optional(db).await)?;
        body.map(|body| from_json("access_request.body", &body)).transpose()
    }

    /// Requests in the order of their ids, which is that of their making.
    pub(crate) async fn requests(
        &self,
        filter: RequestFilter<'_>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<AccessRequest>, StoreError> {
        const SQL: &str = "select body from access_request where id > $1 \
                           and ($2 = '' or team = $2 or event in (select name from event_type where team = $2)) \
                           and ($3 = '' or state = $3) order by id limit $4";
        let team = filter.team.map_or("", TeamName::as_str);
        let state = if filter.pending { PENDING } else { "" };
        let bodies: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(after).bind(team).bind(state).bind(i64::from(limit)).fetch_all(db).await)?;
        bodies.iter().map(|body| from_json("access_request.body", body)).collect()
    }

    /// Stores requests as they are now, after an action, and, at once, the grant that follows; false if what access depends on has
    /// changed after `since`.
    pub(crate) async fn write_requests(
        &self,
        author: &Author,
        action: Action,
        requests: &[AccessRequest],
        grant: Option<&Grant>,
        since: Revision,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "insert into access_request (id, stream, team, event, state, body) \
                           values ($1, $2, $3, $4, $5, $6) \
                           on conflict (id) do update set state = excluded.state, body = excluded.body";
        change!(self.writing, author, tx => {
            raise_access!(tx, since);
            let mut deeds = Vec::with_capacity(requests.len() + 1);
            for request in requests {
                sqlx::query(SQL)
                    .bind(request.id.to_string())
                    .bind(request.stream.as_str())
                    .bind(request.team.as_str())
                    .bind(request.event.as_str())
                    .bind(state(&request.status))
                    .bind(to_json(request))
                    .execute(&mut *tx).await?;
                deeds.push(Deed::made(action, Noun::Requests, request.id, request));
            }
            if let Some(grant) = grant {
                decide!(tx, author, Noun::Grants, grant.id);
                write_grant!(tx, grant);
                deeds.push(Deed::made(action, Noun::Grants, grant.id, grant));
            }
            deeds
        })
    }
}

const PENDING: &str = "pending";

fn state(status: &RequestStatus) -> &'static str {
    match status {
        RequestStatus::Pending => PENDING,
        RequestStatus::Approved { .. } => "approved",
        RequestStatus::Rejected { .. } => "rejected",
        RequestStatus::Withdrawn { .. } => "withdrawn",
    }
}
