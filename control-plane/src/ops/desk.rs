//! What lies on somebody's desk: what waits for them, and what of theirs is about to end.

use fanner_model::{AccessRequest, Grant, Stream};
use jiff::{SignedDuration, Timestamp};

use super::access_request::{counts, may_decide_now, role};
use super::{Part, grant, stream};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::store::RequestFilter;

/// How long before its end a grant is worth a look.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most things of each kind that are looked at.
const MOST: u32 = 500;

/// What concerns somebody now.
#[derive(Debug)]
pub(crate) struct Desk {
    /// The requests that wait for their decision.
    pub to_decide: Vec<AccessRequest>,
    /// The requests of their team that wait for others.
    pub asked: Vec<AccessRequest>,
    /// The grants that end soon, the first to end first.
    pub ending: Vec<Grant>,
    /// Their team's streams, or everybody's.
    pub streams: Vec<Stream>,
}

/// What concerns the caller.
pub(crate) async fn of(app: &App, actor: &Actor) -> Result<Desk, Error> {
    allow(actor, Action::ReadRequests)?;
    let first = Part { after: String::new(), limit: MOST };
    let filter = RequestFilter { team: actor.limit(), pending: true };
    let waiting = app.store.requests(filter, &first.after, first.limit).await?;
    let (world, now) = (app.world().await?, app.clock.now());
    let waits_for_caller = |request: &AccessRequest| {
        counts(request, role(actor)).is_ok() && may_decide_now(actor, &world, request, now).is_ok()
    };
    let (to_decide, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(waits_for_caller);
    Ok(Desk {
        to_decide,
        asked: others.into_iter().filter(|request| request.team == actor.team).collect(),
        ending: ending(grant::list(app, actor, &first, true).await?.items, now),
        streams: stream::list(app, actor, &first, false).await?.items,
    })
}

fn ending(mut grants: Vec<Grant>, now: Timestamp) -> Vec<Grant> {
    grants.retain(|grant| grant.until.duration_since(now) <= SOON);
    grants.sort_by_key(|grant| grant.until);
    grants
}
