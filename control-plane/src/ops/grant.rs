//! Grants: looked at, given back, revoked, extended.

use std::collections::BTreeSet;

use fanner_audit::{Action as Deeds, Noun, Subject};
use fanner_model::{
    AccessRequest, Code, Grant, GrantId, Obedience, Page, Problem, RequestId, RequestStatus, Revoked, TeamName,
};
use jiff::Timestamp;
use tracing::info;

use super::audit::author;
use super::exposure::exposure;
use super::{Part, enforcement, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::store::GrantFilter;
use crate::world::World;

/// The grants that the caller may see: of its team, about its team's events, or all.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part, live: bool) -> Result<Page<Grant>, Error> {
    allow(actor, Action::ReadGrants)?;
    let filter = GrantFilter { team: actor.limit(), live_at: live.then(|| app.clock.now()) };
    let grants = app.store.grants(filter, &part.after, part.limit).await?;
    Ok(page(grants, part, |grant| grant.id.to_string()))
}

/// One grant.
pub(crate) async fn read(app: &App, actor: &Actor, id: GrantId) -> Result<Grant, Error> {
    allow(actor, Action::ReadGrants)?;
    let grant = visible(app, actor, &*app.world().await?, id).await?;
    followed(app, grant).await
}

/// Takes a grant back: the owner of the event and security may revoke it, its own team may give it back.
pub(crate) async fn revoke(app: &App, actor: &Actor, id: GrantId, reason: &str) -> Result<Grant, Error> {
    allow(actor, Action::RevokeGrants)?;
    let revoked = decided!(app, "the grant", world => {
        let mut grant = visible(app, actor, world, id).await?;
        let now = app.clock.now();
        if !grant.is_live(now) {
            return Err(ended(&grant));
        }
        grant.revoked = Some(Revoked::new(actor.caller.clone(), now, reason));
        let written = app.store.write_grant(&author(app, actor), Deeds::Revoke, &grant, world.revision()).await?;
        if written {
            info!(grant = %id, event = %grant.event, stream = %grant.stream, by = %actor.caller, "grant was revoked");
            app.signals.rules.notify_one();
        }
        Ok(written.then_some(grant))
    })?;
    followed(app, revoked).await
}

/// The grant with how far its revocation is in force, and what that cannot take back.
async fn followed(app: &App, mut grant: Grant) -> Result<Grant, Error> {
    let Some(mut revoked) = grant.revoked.take() else { return Ok(grant) };
    let enforcement = enforcement::of(app, &Subject::new(Noun::Grants, grant.id.to_string())).await?;
    let now = app.clock.now();
    let last = match enforcement.as_ref().map(|enforcement| &enforcement.obedience) {
        Some(Obedience::Complete { at, .. }) => *at,
        Some(Obedience::Waiting { .. }) => now,
        None => revoked.at,
    };
    let stream = app.store.stream(&grant.stream).await?.map(|record| record.stream);
    (revoked.enforcement, revoked.exposure) = (enforcement, exposure(&grant, stream.as_ref(), last, now));
    Ok(Grant { revoked: Some(revoked), ..grant })
}

/// Asks for a grant to last longer. It goes on as it is until its end; approving the request moves that end.
pub(crate) async fn extend(
    app: &App,
    actor: &Actor,
    id: GrantId,
    until: Option<Timestamp>,
) -> Result<AccessRequest, Error> {
    allow(actor, Action::FileRequests)?;
    decided!(app, "the grant", world => {
        let grant = visible(app, actor, world, id).await?;
        let now = app.clock.now();
        if !actor.acts_for(&grant.team) {
            let detail = format!("the grant is team `{}`'s; only it can ask for more time", grant.team);
            return Err(Error::refused(Code::Forbidden, detail));
        }
        if !grant.is_live(now) {
            return Err(ended(&grant));
        }
        if let Some(end) = until.filter(|end| *end <= grant.until) {
            let detail = format!("`{end}` is no extension; the grant lasts until `{}`", grant.until);
            return Err(Problem::new(Code::InvalidField, detail).at("until").into());
        }
        if let Some(open) = world.pending().find(|request| request.extends == Some(id)) {
            return Ok(Some(open.clone()));
        }
        let request = extension(&grant, actor, until, now);
        let written = app.store.write_requests(&author(app, actor), Deeds::Extend, std::slice::from_ref(&request), None, world.revision()).await?;
        if written {
            info!(grant = %id, request = %request.id, by = %actor.caller, "an extension was asked for");
        }
        Ok(written.then_some(request))
    })
}

/// A request for more time needs whose approval the grant needed.
fn extension(grant: &Grant, actor: &Actor, until: Option<Timestamp>, now: Timestamp) -> AccessRequest {
    AccessRequest {
        id: RequestId::random(),
        stream: grant.stream.clone(),
        team: grant.team.clone(),
        event: grant.event.clone(),
        purpose: grant.purpose.clone(),
        mask: grant.mask.clone(),
        until,
        extends: Some(grant.id),
        requested_by: actor.caller.clone(),
        requested_at: now,
        needs: grant.approvals.iter().map(|approved| approved.role).collect::<BTreeSet<_>>(),
        approvals: Vec::new(),
        status: RequestStatus::Pending,
    }
}

/// The grant, if the caller may see it.
async fn visible(app: &App, actor: &Actor, world: &World, id: GrantId) -> Result<Grant, Error> {
    let missing = || Error::refused(Code::NotFound, format!("there is no grant `{id}`"));
    let grant = app.store.grant(id).await?.ok_or_else(missing)?;
    let owner = world.event_type(&grant.event).map(|declared| &declared.team);
    let concerns = |team: &TeamName| *team == grant.team || Some(team) == owner;
    match actor.limit() {
        Some(team) if !concerns(team) => Err(missing()),
        Some(_) | None => Ok(grant),
    }
}

fn ended(grant: &Grant) -> Error {
    let how = match &grant.revoked {
        Some(Revoked { by, at, .. }) => format!("was revoked by `{by}` on {}", at.strftime("%F")),
        None => format!("ended on {}", grant.until.strftime("%F")),
    };
    Error::refused(Code::Closed, format!("grant `{}` {how}; ask anew", grant.id))
}
