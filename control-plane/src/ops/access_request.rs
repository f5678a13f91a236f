//! Requests for access: filed for whoever asks for events that need an approval, and decided by people. A request becomes a
//! grant with the last approval that it needs.

use std::collections::BTreeSet;

use fanner_access::Decision;
use fanner_audit::Action as Deeds;
use fanner_model::{
    AccessRequest, AccessStatus, Approval, Approved, Code, EventName, EventType, Grant, GrantId, Page, Problem,
    RequestId, RequestStatus, Role,
};
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use super::audit::{author, platform};
use super::{Part, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::store::RequestFilter;
use crate::world::{Asking, World};

/// How long a grant lasts if nothing else is asked for.
const USUAL: SignedDuration = SignedDuration::from_hours(180 * 24);

/// The requests that the caller may see: of its team, about its team's events, or all.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part, pending: bool) -> Result<Page<AccessRequest>, Error> {
    allow(actor, Action::ReadRequests)?;
    let filter = RequestFilter { team: actor.limit(), pending };
    let requests = app.store.requests(filter, &part.after, part.limit).await?;
    Ok(page(requests, part, |request| request.id.to_string()))
}

/// One request.
pub(crate) async fn read(app: &App, actor: &Actor, id: RequestId) -> Result<AccessRequest, Error> {
    allow(actor, Action::ReadRequests)?;
    visible(app, actor, &*app.world().await?, id).await
}

/// The requests for an event that wait for somebody and that the caller may see.
pub(crate) async fn about(app: &App, actor: &Actor, event: &EventName) -> Result<Vec<AccessRequest>, Error> {
    allow(actor, Action::ReadRequests)?;
    let world = app.world().await?;
    let owner = world.event_type(event).map(|declared| &declared.team);
    let is_visible = |request: &&AccessRequest| {
        request.event == *event && actor.limit().is_none_or(|team| *team == request.team || Some(team) == owner)
    };
    Ok(world.pending().filter(is_visible).cloned().collect())
}

/// Approves a request in the caller's role; with the last approval that it needs it becomes a grant.
pub(crate) async fn approve(
    app: &App,
    actor: &Actor,
    id: RequestId,
    comment: Option<&str>,
) -> Result<AccessRequest, Error> {
    allow(actor, Action::DecideRequests)?;
    decided!(app, "the request", world => {
        let mut request = open(app, actor, world, id).await?;
        let declared = declared(world, &request)?;
        let role = role(actor);
        let now = app.clock.now();
        request.needs = needs(app, world, &request, now).await?;
        may_decide(actor, world, &request, ending(&request, now), now)?;
        counts(&request, role)?;
        let comment = comment.map(str::to_owned);
        request.approvals.push(Approved { role, by: actor.caller.clone(), at: now, comment });
        let grant = match request.missing().is_empty() {
            true => Some(granted(app, &mut request, now).await?),
            false => None,
        };
        let written =
            app.store.write_requests(&author(app, actor), Deeds::Approve, std::slice::from_ref(&request), grant.as_ref(), world.revision()).await?;
        if written {
            info!(request = %id, event = %declared.name, stream = %request.stream, %role, by = %actor.caller, "request was approved");
            app.signals.rules.notify_one();
        }
        Ok(written.then_some(request))
    })
}

/// Turns a request down.
pub(crate) async fn reject(app: &App, actor: &Actor, id: RequestId, reason: &str) -> Result<AccessRequest, Error> {
    allow(actor, Action::DecideRequests)?;
    decided!(app, "the request", world => {
        let mut request = open(app, actor, world, id).await?;
        let now = app.clock.now();
        may_decide(actor, world, &request, now, now)?;
        request.status =
            RequestStatus::Rejected { by: actor.caller.clone(), at: now, reason: reason.trim().to_owned() };
        let written = app.store.write_requests(&author(app, actor), Deeds::Reject, std::slice::from_ref(&request), None, world.revision()).await?;
        if written {
            info!(request = %id, event = %request.event, stream = %request.stream, by = %actor.caller, "request was rejected");
        }
        Ok(written.then_some(request))
    })
}

/// Takes a request back, for the team that made it.
pub(crate) async fn withdraw(app: &App, actor: &Actor, id: RequestId) -> Result<AccessRequest, Error> {
    allow(actor, Action::FileRequests)?;
    decided!(app, "the request", world => {
        let mut request = open(app, actor, world, id).await?;
        if !actor.acts_for(&request.team) {
            let detail = format!("team `{}` made the request; only it can take it back", request.team);
            return Err(Error::refused(Code::Forbidden, detail));
        }
        request.status = RequestStatus::Withdrawn { by: Some(actor.caller.clone()), at: app.clock.now() };
        let written = app.store.write_requests(&author(app, actor), Deeds::Withdraw, std::slice::from_ref(&request), None, world.revision()).await?;
        if written {
            info!(request = %id, event = %request.event, stream = %request.stream, by = %actor.caller, "request was taken back");
        }
        Ok(written.then_some(request))
    })
}

/// Asks anew for what was rejected or taken back, or was granted and is over.
pub(crate) async fn renew(app: &App, actor: &Actor, id: RequestId) -> Result<AccessRequest, Error> {
    allow(actor, Action::FileRequests)?;
    decided!(app, "the request", world => {
        let old = visible(app, actor, world, id).await?;
        if !actor.acts_for(&old.team) {
            let detail = format!("team `{}` made the request; only it can ask again", old.team);
            return Err(Error::refused(Code::Forbidden, detail));
        }
        let now = app.clock.now();
        if old.status == RequestStatus::Pending {
            return Ok(Some(old));
        }
        if !is_renewable(world, &old, now) {
            return Err(closed(&old));
        }
        // A grant that is over cannot be extended any more.
        let extends = old.extends.filter(|_| !matches!(old.status, RequestStatus::Approved { .. }));
        let new = AccessRequest {
            id: RequestId::random(),
            needs: needs(app, world, &old, now).await?,
            requested_by: actor.caller.clone(),
            requested_at: now,
            extends,
            approvals: Vec::new(),
            status: RequestStatus::Pending,
            ..old
        };
        let written = app.store.write_requests(&author(app, actor), Deeds::Create, std::slice::from_ref(&new), None, world.revision()).await?;
        Ok(written.then_some(new))
    })
}

/// Whether nothing came of a request, or what did is over.
fn is_renewable(world: &World, request: &AccessRequest, now: Timestamp) -> bool {
    match &request.status {
        RequestStatus::Pending => false,
        RequestStatus::Rejected { .. } | RequestStatus::Withdrawn { .. } => true,
        RequestStatus::Approved { grant: id, .. } => {
            let grants = world.grants(&request.stream, &request.event);
            !grants.iter().any(|grant| grant.id == *id && grant.is_live(now))
        }
    }
}

/// What a caller may do with a request.
#[derive(Debug)]
pub(crate) struct Choices {
    /// Whether it may decide the request; if it is open and the caller may not, why not.
    pub decide: Result<(), String>,
    /// Whether its approval is one that the request waits for; if not, why not.
    pub approve: Result<(), String>,
    pub withdraw: bool,
    pub renew: bool,
}

/// What the caller may do with a request that it sees.
pub(crate) async fn choices(app: &App, actor: &Actor, request: &AccessRequest) -> Result<Choices, Error> {
    let is_asker = allow(actor, Action::FileRequests).is_ok() && actor.acts_for(&request.team);
    let is_open = request.status == RequestStatus::Pending;
    let (world, now) = (app.world().await?, app.clock.now());
    let decide = match may_decide_now(actor, &world, request, now) {
        Err(Error::Refused(problem)) => Err(problem.detail),
        other => other.map(Ok)?,
    };
    let approve = counts(request, role(actor)).map_err(|problem| problem.detail);
    Ok(Choices {
        decide,
        approve,
        withdraw: is_asker && is_open,
        renew: is_asker && is_renewable(&world, request, now),
    })
}

/// Whether the caller may decide a request, so that a grant of the usual length comes of it.
pub(super) fn may_decide_now(
    actor: &Actor,
    world: &World,
    request: &AccessRequest,
    now: Timestamp,
) -> Result<(), Error> {
    allow(actor, Action::DecideRequests)?;
    may_decide(actor, world, request, ending(request, now), now)
}

/// Files the requests that these subscriptions need and nobody filed yet.
pub(crate) async fn file(app: &App, askings: &[Asking<'_>]) -> Result<(), Error> {
    decided!(app, "the request", world => {
        let now = app.clock.now();
        let mut filed: Vec<AccessRequest> = Vec::new();
        for asking in askings {
            for (declared, decision) in asking.wanting(world, now) {
                let asked_once = filed.iter().any(|request| asking.is_about(request) && request.event == declared.name);
                filed.extend(new(asking, declared, decision, now).filter(|_| !asked_once));
            }
        }
        if filed.is_empty() {
            return Ok(Some(()));
        }
        let written = app.store.write_requests(&platform(app), Deeds::Create, &filed, None, world.revision()).await?;
        if written {
            info!(count = filed.len(), "requests for access were filed");
        }
        Ok(written.then_some(()))
    })
}

/// Closes the requests that no subscription asks for any more; `askings` are all that there are.
pub(crate) async fn close_unasked(app: &App, askings: &[Asking<'_>]) -> Result<(), Error> {
    decided!(app, "the request", world => {
        let at = app.clock.now();
        let is_asked = |request: &AccessRequest| {
            request.extends.is_some()
                || askings.iter().any(|asking| asking.is_about(request) && asking.events.contains(&request.event))
        };
        let unasked = world.pending().filter(|request| !is_asked(request));
        let closed: Vec<_> = unasked
            .map(|request| AccessRequest { status: RequestStatus::Withdrawn { by: None, at }, ..request.clone() })
            .collect();
        if closed.is_empty() {
            return Ok(Some(()));
        }
        let written = app.store.write_requests(&platform(app), Deeds::Withdraw, &closed, None, world.revision()).await?;
        if written {
            info!(count = closed.len(), "requests that nobody asks for any more were closed");
        }
        Ok(written.then_some(()))
    })
}

/// The request that a subscription needs for an event. Without a purpose there is nothing that could be approved.
fn new(asking: &Asking<'_>, declared: &EventType, decision: Decision, now: Timestamp) -> Option<AccessRequest> {
    Some(AccessRequest {
        id: RequestId::random(),
        stream: asking.stream.clone(),
        team: asking.team.clone(),
        event: declared.name.clone(),
        purpose: asking.purpose?.clone(),
        mask: asking.mask.clone(),
        until: asking.until,
        extends: None,
        requested_by: asking.by.clone(),
        requested_at: now,
        needs: decision.needs,
        approvals: Vec::new(),
        status: RequestStatus::Pending,
    })
}

/// Whose approval a request needs now: policies and facts may have changed since it was filed.
async fn needs(app: &App, world: &World, request: &AccessRequest, now: Timestamp) -> Result<BTreeSet<Approval>, Error> {
    if request.extends.is_some() {
        return Ok(request.needs.clone());
    }
    let record = app.store.stream(&request.stream).await?;
    let record = record.filter(|record| record.stream.team == request.team).ok_or_else(|| {
        Error::refused(Code::NotFound, format!("stream `{}` of team `{}` is gone", request.stream, request.team))
    })?;
    let events = BTreeSet::from([request.event.clone()]);
    let asking = Asking {
        events: &events,
        purpose: Some(&request.purpose),
        mask: &request.mask,
        until: request.until,
        ..Asking::own(&record.stream, &request.requested_by)
    };
    let decision = world.decide(&asking, declared(world, request)?, now);
    match decision.status {
        AccessStatus::Pending => Ok(decision.needs),
        AccessStatus::Active => {
            Err(Error::refused(Code::Closed, "the event flows without this request; there is nothing to decide"))
        }
        AccessStatus::Denied => Err(Error::refused(Code::AccessDenied, decision.reason)),
    }
}

/// Whether the caller may decide the request in its role, so that a grant until then comes of it.
fn may_decide(
    actor: &Actor,
    world: &World,
    request: &AccessRequest,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    let about = (request, declared(world, request)?);
    world.may_approve(actor, about, role(actor), until, now).map_err(|reason| Error::refused(Code::Forbidden, reason))
}

/// Whether an approval in this role is one that the request waits for. Any is, once nothing is missing since it takes less now.
pub(super) fn counts(request: &AccessRequest, role: Approval) -> Result<(), Problem> {
    let missing = request.missing();
    match missing.is_empty() || missing.contains(&role) {
        true => Ok(()),
        false => {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            let detail =
                format!("the request waits for {}; an approval as {role} changes nothing", missing.join(" and "));
            Err(Problem::new(Code::Forbidden, detail))
        }
    }
}

/// In which role the caller decides.
pub(super) fn role(actor: &Actor) -> Approval {
    match actor.role {
        Role::Security => Approval::Security,
        Role::Member | Role::Platform | Role::Auditor | Role::Fanner => Approval::Owner,
    }
}

/// When the grant ends that the request becomes at `now`.
fn ending(request: &AccessRequest, now: Timestamp) -> Timestamp {
    let usual = now.saturating_add(USUAL).unwrap_or(Timestamp::MAX);
    request.until.unwrap_or(usual)
}

/// The grant that an approved request becomes, or the one that it extends, with its new end.
async fn granted(app: &App, request: &mut AccessRequest, now: Timestamp) -> Result<Grant, Error> {
    let until = ending(request, now);
    let grant = match request.extends {
        Some(id) => {
            let old = app.store.grant(id).await?.filter(|grant| grant.is_live(now));
            let old = old.ok_or_else(|| Error::refused(Code::Closed, format!("grant `{id}` has ended; ask anew")))?;
            Grant { until: until.max(old.until), approvals: request.approvals.clone(), request: request.id, ..old }
        }
        None => Grant {
            id: GrantId::random(),
            stream: request.stream.clone(),
            team: request.team.clone(),
            event: request.event.clone(),
            purpose: request.purpose.clone(),
            mask: request.mask.clone(),
            reduced: BTreeSet::new(),
            request: request.id,
            requested_by: request.requested_by.clone(),
            approvals: request.approvals.clone(),
            granted_at: now,
            until,
            revoked: None,
        },
    };
    request.status = RequestStatus::Approved { grant: grant.id, at: now };
    Ok(grant)
}

fn declared<'w>(world: &'w World, request: &AccessRequest) -> Result<&'w EventType, Error> {
    let found = world.event_type(&request.event);
    found.ok_or_else(|| Error::refused(Code::UnknownEvent, world.unknown(&request.event)))
}

/// The request, if the caller may see it.
async fn visible(app: &App, actor: &Actor, world: &World, id: RequestId) -> Result<AccessRequest, Error> {
    let request = app.store.request(id).await?;
    let missing = || Error::refused(Code::NotFound, format!("there is no request `{id}`"));
    let request = request.ok_or_else(missing)?;
    let owner = world.event_type(&request.event).map(|declared| &declared.team);
    match actor.limit() {
        Some(team) if *team != request.team && Some(team) != owner => Err(missing()),
        Some(_) | None => Ok(request),
    }
}

/// The request, if it waits for somebody and the caller may see it.
async fn open(app: &App, actor: &Actor, world: &World, id: RequestId) -> Result<AccessRequest, Error> {
    let request = visible(app, actor, world, id).await?;
    match request.status {
        RequestStatus::Pending => Ok(request),
        RequestStatus::Approved { .. } | RequestStatus::Rejected { .. } | RequestStatus::Withdrawn { .. } => {
            Err(closed(&request))
        }
    }
}

fn closed(request: &AccessRequest) -> Error {
    let how = match &request.status {
        RequestStatus::Pending => "waits for a decision".to_owned(),
        RequestStatus::Approved { grant, at } => {
            format!("was approved on {} and became grant `{grant}`", at.strftime("%F"))
        }
        RequestStatus::Rejected { by, at, .. } => format!("was rejected by `{by}` on {}", at.strftime("%F")),
        RequestStatus::Withdrawn { by: Some(by), at } => format!("was taken back by `{by}` on {}", at.strftime("%F")),
        RequestStatus::Withdrawn { by: None, at } => {
            format!("was closed on {}: its stream asks no more", at.strftime("%F"))
        }
    };
    Error::refused(Code::Closed, format!("request `{}` {how}", request.id))
}
