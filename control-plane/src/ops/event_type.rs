//! Event types: declaring, changing, taking back.

use fanner_model::{Change, Code, EventName, EventType, EventTypeSpec, Page, PlanAnswer, Problem, TeamName};
use jiff::Timestamp;
use tracing::info;

use super::audit::author;
use super::guard::{Existing, Passage};
use super::{ATTEMPTS, Guard, Part, overtaken, page, sighting};
use crate::access::{Action, Actor, allow, allow_for, allow_team};
use crate::app::App;
use crate::error::Error;
use crate::store::{EventTypeRecord, StoreError};

/// The declared event types. Every member may read the catalog.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<EventType>, Error> {
    allow(actor, Action::ReadEventTypes)?;
    let types = app.store.event_types(&part.after, part.limit).await?;
    Ok(page(types, part, |event_type| event_type.name.to_string()))
}

/// One event type.
pub(crate) async fn read(app: &App, actor: &Actor, name: &EventName) -> Result<EventType, Error> {
    allow(actor, Action::ReadEventTypes)?;
    Ok(existing(app, name).await?.event_type)
}

/// Declares an event type or replaces its declaration.
pub(crate) async fn put(
    app: &App,
    actor: &Actor,
    name: &EventName,
    spec: &EventTypeSpec,
    guard: &Guard,
) -> Result<EventType, Error> {
    for _ in 0..ATTEMPTS {
        let old = app.store.event_type(name).await?;
        let past = Past::of(app, name, old.as_ref()).await?;
        let (proposal, problems) = propose(actor, name, spec, old.as_ref(), &past, app.clock.now());
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem.into());
        }
        let is = old
            .as_ref()
            .map(|old| Existing { generation: old.event_type.version, key: old.idempotency_key.as_deref() });
        let passage = guard.pass(&format!("event type `{name}`"), is.as_ref())?;
        let new = match (old, proposal) {
            (Some(old), _) if passage == Passage::Done => return Ok(old.event_type),
            (Some(old), None) => return Ok(old.event_type),
            (old, Some(event_type)) => {
                let new = EventTypeRecord { event_type, idempotency_key: guard.key.clone() };
                let written = match old {
                    None => app.store.insert_event_type(&author(app, actor), &new, past.last_owner.as_ref()).await?,
                    Some(old) => app.store.update_event_type(&author(app, actor), &new, old.event_type.version).await?,
                };
                written.then_some(new.event_type)
            }
            (None, None) => None,
        };
        if let Some(new) = new {
            info!(event = %name, version = new.version, by = %actor.caller, "event type was declared");
            app.signals.rules.notify_one();
            return Ok(new);
        }
    }
    Err(overtaken(&format!("event type `{name}`")))
}

/// Takes back a declaration that nobody subscribes to.
pub(crate) async fn delete(app: &App, actor: &Actor, name: &EventName, guard: &Guard) -> Result<(), Error> {
    allow(actor, Action::ChangeEventTypes)?;
    for _ in 0..ATTEMPTS {
        let EventTypeRecord { event_type: old, .. } = existing(app, name).await?;
        let what = format!("event type `{name}`");
        allow_for(actor, Action::ChangeEventTypes, &old.team, &what)?;
        guard.pass(&what, Some(&Existing { generation: old.version, key: None }))?;
        match app.store.delete_event_type(&author(app, actor), name, old.version).await {
            Ok(true) => {
                info!(event = %name, by = %actor.caller, "event type was taken back");
                return Ok(());
            }
            Ok(false) => {}
            Err(StoreError::Dangling(_)) => return Err(in_use(app, name).await?),
            Err(error) => return Err(error.into()),
        }
    }
    Err(overtaken(&format!("event type `{name}`")))
}

/// What a change would do.
pub(crate) async fn plan(
    app: &App,
    actor: &Actor,
    name: &EventName,
    spec: &EventTypeSpec,
) -> Result<PlanAnswer, Error> {
    let old = app.store.event_type(name).await?;
    let past = Past::of(app, name, old.as_ref()).await?;
    let (proposal, problems) = propose(actor, name, spec, old.as_ref(), &past, app.clock.now());
    let change = match (&old, proposal) {
        (None, _) => Change::Create,
        (Some(_), Some(_)) => Change::Update,
        (Some(_), None) => Change::Nothing,
    };
    Ok(PlanAnswer { change, access: Default::default(), problems, steps: Vec::new() })
}

/// What is known of a name, if it is not declared.
#[derive(Debug, Default)]
struct Past {
    /// Who declared it before.
    last_owner: Option<TeamName>,
    /// Whether events of this name come.
    is_sighted: bool,
}

impl Past {
    async fn of(app: &App, name: &EventName, old: Option<&EventTypeRecord>) -> Result<Self, Error> {
        if old.is_some() {
            return Ok(Self::default());
        }
        let last_owner = app.store.last_owner(name).await?;
        Ok(Self { last_owner, is_sighted: sighting::is_sighted(app, name).await? })
    }
}

/// What the declaration becomes, if it changes, and what is wrong with that. Pure.
fn propose(
    actor: &Actor,
    name: &EventName,
    spec: &EventTypeSpec,
    old: Option<&EventTypeRecord>,
    past: &Past,
    now: Timestamp,
) -> (Option<EventType>, Vec<Problem>) {
    let old = old.map(|old| &old.event_type);
    let owner = old.map_or(&actor.team, |old| &old.team);
    let team = spec.team.clone().unwrap_or_else(|| owner.clone());
    let mut problems = Vec::new();
    problems.extend(allow_for(actor, Action::ChangeEventTypes, owner, &format!("event type `{name}`")).err());
    if problems.is_empty() {
        problems.extend(allow_team(actor, &team).err());
        problems.extend(claimable(actor, name, past).err());
    }
    let spec = EventTypeSpec { team: Some(team.clone()), ..spec.clone() };
    let new = match old {
        Some(old) if old.spec == spec => return (None, problems),
        Some(old) => EventType { team, spec, version: old.version + 1, updated_at: now, ..old.clone() },
        None => EventType { name: name.clone(), team, version: 1, created_at: now, updated_at: now, spec },
    };
    (Some(new), problems)
}

/// Whether the caller may declare a name with this past: who owns a name has all events that bear it, so nobody may
/// take one that was another's, or that events bear already.
fn claimable(actor: &Actor, name: &EventName, past: &Past) -> Result<(), Problem> {
    let Some(team) = actor.limit() else { return Ok(()) };
    let detail = match &past.last_owner {
        Some(owner) if owner == team => return Ok(()),
        Some(owner) => format!(
            "event type `{name}` was declared by team `{owner}` before, and the name stays with that team; a platform administrator can hand it over"
        ),
        None if past.is_sighted => format!(
            "events named `{name}` are on the Global Event Stream already; a platform administrator must declare it for its owner"
        ),
        None => return Ok(()),
    };
    Err(Problem::new(Code::Forbidden, detail).at("name"))
}

async fn existing(app: &App, name: &EventName) -> Result<EventTypeRecord, Error> {
    let found = app.store.event_type(name).await?;
    found.ok_or_else(|| Error::refused(Code::NotFound, format!("there is no event type `{name}`")))
}

async fn in_use(app: &App, name: &EventName) -> Result<Error, Error> {
    let streams = app.store.streams_wanting(name).await?;
    let listed = streams.iter().take(10).map(|stream| format!("`{stream}`")).collect::<Vec<_>>().join(", ");
    let more = if streams.len() > 10 { format!(" and {} more", streams.len() - 10) } else { String::new() };
    let detail = format!("event type `{name}` is subscribed to by stream {listed}{more}; remove it from them first");
    Ok(Error::refused(Code::InUse, detail))
}
