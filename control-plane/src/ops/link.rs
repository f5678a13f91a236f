//! Standing permissions and quarantines: made, listed, ended, never changed.

use std::collections::BTreeMap;

use fanner_model::{
    Change, Code, EventName, Events, Page, Permission, PermissionId, PermissionSpec, PlanAnswer, Problem, Quarantine,
    QuarantineId, QuarantineSpec,
};
use jiff::Timestamp;
use tracing::info;

use super::audit::author;
use super::{Part, page};
use crate::access::{Action, Actor, allow, allow_for};
use crate::app::App;
use crate::error::Error;
use crate::store::Link;
use crate::world::World;

/// The standing permissions that were not ended.
pub(crate) async fn permissions(app: &App, actor: &Actor, part: &Part) -> Result<Page<Permission>, Error> {
    allow(actor, Action::ReadPermissions)?;
    let permissions = app.store.links::<Permission>(&part.after, part.limit).await?;
    Ok(page(permissions, part, |permission| permission.id.to_string()))
}

/// One standing permission.
pub(crate) async fn permission(app: &App, actor: &Actor, id: PermissionId) -> Result<Permission, Error> {
    allow(actor, Action::ReadPermissions)?;
    found(app.store.link(id).await?, "standing permission", &id.to_string())
}

/// Permits a team to have events without asking.
pub(crate) async fn permit(
    app: &App,
    actor: &Actor,
    id: PermissionId,
    spec: &PermissionSpec,
) -> Result<Permission, Error> {
    allow(actor, Action::ChangePermissions)?;
    decided!(app, "the standing permission", world => {
        may_permit(actor, world, &spec.events, "give")?;
        if let Some(old) = app.store.link::<Permission>(id).await? {
            return same(old.spec == *spec, old, "standing permission", &id.to_string());
        }
        if let Some(mistake) = mistakes(world, spec, app.clock.now()).into_iter().next() {
            return Err(mistake.into());
        }
        let new =
            Permission { id, created_by: actor.caller.clone(), created_at: app.clock.now(), spec: spec.clone() };
        let stored = app.store.insert_link(&author(app, actor), &new, world.revision()).await?;
        if stored {
            info!(permission = %id, team = %spec.team, by = %actor.caller, "standing permission was given");
        }
        Ok(stored.then_some(new))
    })
}

/// What giving a standing permission would do.
pub(crate) async fn plan(app: &App, actor: &Actor, spec: &PermissionSpec) -> Result<PlanAnswer, Error> {
    let world = app.world().await?;
    let allowed =
        allow(actor, Action::ChangePermissions).and_then(|()| may_permit(actor, &world, &spec.events, "give"));
    let problems = match allowed {
        Ok(()) => mistakes(&world, spec, app.clock.now()),
        Err(refusal) => vec![refusal],
    };
    Ok(PlanAnswer { change: Change::Create, access: BTreeMap::new(), problems, steps: Vec::new() })
}

/// Takes a standing permission back.
pub(crate) async fn end_permission(app: &App, actor: &Actor, id: PermissionId) -> Result<(), Error> {
    allow(actor, Action::ChangePermissions)?;
    decided!(app, "the standing permission", world => {
        let old = found(app.store.link::<Permission>(id).await?, "standing permission", &id.to_string())?;
        may_permit(actor, world, &old.spec.events, "take back")?;
        let ended = app.store.end_link::<Permission>(&author(app, actor), id, world.revision()).await?;
        if ended {
            info!(permission = %id, by = %actor.caller, "standing permission was taken back");
        }
        Ok(ended.then_some(()))
    })
}

/// The quarantines that were not lifted.
pub(crate) async fn quarantines(app: &App, actor: &Actor, part: &Part) -> Result<Page<Quarantine>, Error> {
    allow(actor, Action::ReadQuarantines)?;
    let quarantines = app.store.links::<Quarantine>(&part.after, part.limit).await?;
    Ok(page(quarantines, part, |quarantine| quarantine.id.to_string()))
}

/// One quarantine.
pub(crate) async fn quarantine(app: &App, actor: &Actor, id: QuarantineId) -> Result<Quarantine, Error> {
    allow(actor, Action::ReadQuarantines)?;
    found(app.store.link(id).await?, "quarantine", &id.to_string())
}

/// Stops deliveries, at once.
pub(crate) async fn isolate(
    app: &App,
    actor: &Actor,
    id: QuarantineId,
    spec: &QuarantineSpec,
) -> Result<Quarantine, Error> {
    allow(actor, Action::ChangeQuarantines)?;
    decided!(app, "the quarantine", world => {
        if let Some(old) = app.store.link::<Quarantine>(id).await? {
            return same(old.spec == *spec, old, "quarantine", &id.to_string());
        }
        let new =
            Quarantine { id, created_by: actor.caller.clone(), created_at: app.clock.now(), spec: spec.clone() };
        let stored = app.store.insert_link(&author(app, actor), &new, world.revision()).await?;
        if stored {
            info!(quarantine = %id, by = %actor.caller, "quarantine was imposed");
        }
        Ok(stored.then_some(new))
    })
}

/// Lifts a quarantine.
pub(crate) async fn lift(app: &App, actor: &Actor, id: QuarantineId) -> Result<(), Error> {
    allow(actor, Action::ChangeQuarantines)?;
    decided!(app, "the quarantine", world => {
        found(app.store.link::<Quarantine>(id).await?, "quarantine", &id.to_string())?;
        let lifted = app.store.end_link::<Quarantine>(&author(app, actor), id, world.revision()).await?;
        if lifted {
            info!(quarantine = %id, by = %actor.caller, "quarantine was lifted");
        }
        Ok(lifted.then_some(()))
    })
}

/// Whether the caller may decide about these events on its own: security may, and an owner about what it owns.
fn may_permit(actor: &Actor, world: &World, events: &Events, verb: &str) -> Result<(), Problem> {
    let owner = match (actor.limit(), events) {
        (None, _) => return Ok(()),
        (Some(_), Events::Event(event)) => match world.event_type(event) {
            Some(event_type) => &event_type.team,
            None => return Err(undeclared(world, event)),
        },
        (Some(_), Events::OwnedBy(team)) => team,
        (Some(_), Events::Everything) => {
            let detail =
                format!("only security can {verb} a standing permission for everything; name what your team owns");
            return Err(Problem::new(Code::Forbidden, detail).at("events"));
        }
    };
    allow_for(actor, Action::ChangePermissions, owner, "what the standing permission is about")
}

/// Everything that is wrong with such a standing permission. Pure.
fn mistakes(world: &World, spec: &PermissionSpec, now: Timestamp) -> Vec<Problem> {
    let end = ends_later(spec.expires_at, now, "expires_at").err();
    in_vain(world, spec, now).into_iter().chain(end).collect()
}

/// That a standing permission would never permit the one event that it names.
fn in_vain(world: &World, spec: &PermissionSpec, now: Timestamp) -> Option<Problem> {
    let Events::Event(event) = &spec.events else { return None };
    let Some(event_type) = world.event_type(event) else { return Some(undeclared(world, event)) };
    let included = world.standing_includes(&spec.team, event_type, now);
    let classification = event_type.spec.classification;
    if included.is_empty() || included.contains(&classification) {
        return None;
    }
    let included: Vec<_> = included.iter().map(|included| format!("`{included}`")).collect();
    let detail = format!(
        "`{event}` is `{classification}`, and a standing permission includes {} events only; a stream that asks for it needs a \
         grant of its own",
        included.join(" and ")
    );
    Some(Problem::new(Code::InvalidField, detail).at("events.event"))
}

fn undeclared(world: &World, event: &EventName) -> Problem {
    Problem::new(Code::UnknownEvent, world.unknown(event)).at("events.event")
}

pub(super) fn ends_later(end: Timestamp, now: Timestamp, field: &str) -> Result<(), Problem> {
    match end <= now {
        true => Err(Problem::new(Code::InvalidField, format!("`{end}` is over; choose a later end")).at(field)),
        false => Ok(()),
    }
}

fn found<L: Link>(link: Option<L>, noun: &str, id: &str) -> Result<L, Error> {
    link.ok_or_else(|| Error::refused(Code::NotFound, format!("there is no {noun} `{id}`")))
}

/// The answer to a write of what is there already.
pub(super) fn same<L>(is_same: bool, old: L, noun: &str, id: &str) -> Result<Option<L>, Error> {
    if is_same {
        return Ok(Some(old));
    }
    let detail = format!("{noun} `{id}` says something else and is never changed; end it and make another");
    Err(Error::refused(Code::AlreadyExists, detail))
}
