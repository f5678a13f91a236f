//! Further subscriptions.

use std::collections::BTreeSet;

use fanner_model::{
    Change, Code, EventName, Page, Phase, PlanAnswer, Problem, Stream, StreamSpec, Subscription, SubscriptionId,
    SubscriptionSpec, SubscriptionStatus,
};
use jiff::Timestamp;
use tracing::info;

use super::audit::author;
use super::guard::{Existing, Passage};
use super::{ATTEMPTS, Guard, Part, access_request, overtaken, page};
use crate::access::{Action, Actor, allow, allow_for};
use crate::app::App;
use crate::error::Error;
use crate::store::{StoreError, StreamRecord, SubscriptionRecord};
use crate::world::{Asking, World};

/// The subscriptions of the streams that the caller may see.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<Subscription>, Error> {
    allow(actor, Action::ReadSubscriptions)?;
    let records = app.store.subscriptions(actor.limit(), &part.after, part.limit).await?;
    let mut subscriptions = Vec::with_capacity(records.len());
    for record in records {
        subscriptions.push(show(app, record).await?);
    }
    Ok(page(subscriptions, part, |subscription| subscription.id.to_string()))
}

/// The further subscriptions of a stream that the caller may see.
pub(crate) async fn of_stream(app: &App, actor: &Actor, stream: &Stream) -> Result<Vec<Subscription>, Error> {
    let what = format!("stream `{}`", stream.name);
    allow_for(actor, Action::ReadSubscriptions, &stream.team, &what)?;
    let mut subscriptions = Vec::new();
    for record in app.store.subscriptions_of(&stream.name).await? {
        subscriptions.push(show(app, record).await?);
    }
    Ok(subscriptions)
}

/// One subscription.
pub(crate) async fn read(app: &App, actor: &Actor, id: SubscriptionId) -> Result<Subscription, Error> {
    let record = visible(app, actor, id).await?;
    show(app, record).await
}

/// Creates a subscription or replaces what is asked for of it.
pub(crate) async fn put(
    app: &App,
    actor: &Actor,
    id: SubscriptionId,
    spec: &SubscriptionSpec,
    guard: &Guard,
) -> Result<Subscription, Error> {
    allow(actor, Action::ChangeSubscriptions)?;
    for _ in 0..ATTEMPTS {
        let world = app.world().await?;
        let facts = Facts::of(app, Some(id), spec).await?;
        if let Some(problem) = problems(actor, spec, &facts, &world, app.clock.now()).into_iter().next() {
            return Err(problem.into());
        }
        let is =
            facts.old.as_ref().map(|old| Existing { generation: old.generation, key: old.idempotency_key.as_deref() });
        let passage = guard.pass(&format!("subscription `{id}`"), is.as_ref())?;
        match facts.old {
            Some(old) if passage == Passage::Done || old.spec == *spec => return show(app, old).await,
            Some(_) | None => {}
        }
        let Some(stream) = facts.stream else { continue };
        let expected = facts.old.as_ref().map(|old| old.generation);
        let now = app.clock.now();
        let new = SubscriptionRecord {
            id,
            team: stream.stream.team.clone(),
            generation: expected.unwrap_or_default() + 1,
            created_at: facts.old.as_ref().map_or(now, |old| old.created_at),
            updated_at: now,
            spec: spec.clone(),
            idempotency_key: guard.key.clone(),
            asked_by: actor.caller.clone(),
        };
        match app.store.write_subscription(&author(app, actor), &new, expected).await {
            Ok(true) => {
                info!(subscription = %id, stream = %spec.stream, by = %actor.caller, "subscription was asked for");
                app.signals.wanted();
                let asking = Asking::own(&stream.stream, &new.asked_by).further(&new.spec);
                access_request::file(app, &[asking]).await?;
                return show(app, new).await;
            }
            Ok(false) | Err(StoreError::Dangling(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(overtaken(&format!("subscription `{id}`")))
}

/// Ends a subscription.
pub(crate) async fn delete(app: &App, actor: &Actor, id: SubscriptionId, guard: &Guard) -> Result<(), Error> {
    allow(actor, Action::ChangeSubscriptions)?;
    for _ in 0..ATTEMPTS {
        let old = visible(app, actor, id).await?;
        guard.pass(&format!("subscription `{id}`"), Some(&Existing { generation: old.generation, key: None }))?;
        if app.store.delete_subscription(&author(app, actor), id, old.generation).await? {
            info!(subscription = %id, stream = %old.spec.stream, by = %actor.caller, "subscription was ended");
            app.signals.wanted();
            return Ok(());
        }
    }
    Err(overtaken(&format!("subscription `{id}`")))
}

/// What a change would do.
pub(crate) async fn plan(
    app: &App,
    actor: &Actor,
    id: Option<SubscriptionId>,
    spec: &SubscriptionSpec,
) -> Result<PlanAnswer, Error> {
    let (world, now) = (app.world().await?, app.clock.now());
    let facts = Facts::of(app, id, spec).await?;
    // The same apply may create the stream first.
    let future = StreamSpec::default();
    let stream = match &facts.stream {
        Some(record) => Asking::own(&record.stream, &actor.caller),
        None => Asking::at(&spec.stream, &actor.team, &future, &actor.caller),
    };
    let asking = stream.further(spec);
    let problems = match facts.stream {
        Some(_) => problems(actor, spec, &facts, &world, now),
        None => ended(spec, None, now).into_iter().chain(asking.problems(&world, &BTreeSet::new(), now)).collect(),
    };
    let change = match &facts.old {
        None => Change::Create,
        Some(old) if old.spec == *spec => Change::Nothing,
        Some(_) => Change::Update,
    };
    Ok(PlanAnswer { change, access: asking.access(&world, now), problems, steps: Vec::new() })
}

/// What is stored about the things that a request is about.
struct Facts {
    old: Option<SubscriptionRecord>,
    stream: Option<StreamRecord>,
}

impl Facts {
    async fn of(app: &App, id: Option<SubscriptionId>, spec: &SubscriptionSpec) -> Result<Self, Error> {
        let old = match id {
            Some(id) => app.store.subscription(id).await?,
            None => None,
        };
        Ok(Self { old, stream: app.store.stream(&spec.stream).await? })
    }
}

/// Everything that is wrong with asking for `spec`. Pure.
fn problems(actor: &Actor, spec: &SubscriptionSpec, facts: &Facts, world: &World, now: Timestamp) -> Vec<Problem> {
    if let Some(old) = &facts.old {
        let what = format!("subscription `{}`", old.id);
        if let Err(problem) = allow_for(actor, Action::ChangeSubscriptions, &old.team, &what) {
            return vec![problem];
        }
    }
    let what = format!("stream `{}`", spec.stream);
    let Some(record) = &facts.stream else {
        let detail = format!("{what} does not exist; declare it first");
        return vec![Problem::new(Code::InvalidField, detail).at("stream")];
    };
    let team = &record.stream.team;
    if let Err(problem) = allow_for(actor, Action::ChangeSubscriptions, team, &what) {
        return vec![problem.at("stream")];
    }
    let mut problems = Vec::new();
    if record.stream.status.phase == Phase::Deleting {
        problems.push(Problem::new(Code::Deleting, format!("{what} is being deleted")).at("stream"));
    }
    problems.extend(ended(spec, facts.old.as_ref(), now));
    let none = BTreeSet::<EventName>::new();
    let had = facts.old.as_ref().filter(|old| old.team == *team).map_or(&none, |old| &old.spec.events);
    problems.extend(Asking::own(&record.stream, &actor.caller).further(spec).problems(world, had, now));
    problems
}

/// The problem of an end that is over and was not there before.
fn ended(spec: &SubscriptionSpec, old: Option<&SubscriptionRecord>, now: Timestamp) -> Option<Problem> {
    let end = spec.expires_at.filter(|end| *end <= now)?;
    let is_new = old.is_none_or(|old| old.spec.expires_at != Some(end));
    is_new.then(|| Problem::new(Code::InvalidField, format!("`{end}` is over; choose a later end")).at("expires_at"))
}

async fn visible(app: &App, actor: &Actor, id: SubscriptionId) -> Result<SubscriptionRecord, Error> {
    allow(actor, Action::ReadSubscriptions)?;
    let found = app.store.subscription(id).await?;
    let record = found.ok_or_else(|| Error::refused(Code::NotFound, format!("there is no subscription `{id}`")))?;
    allow_for(actor, Action::ReadSubscriptions, &record.team, &format!("subscription `{id}`"))?;
    Ok(record)
}

/// The subscription as the API shows it.
async fn show(app: &App, record: SubscriptionRecord) -> Result<Subscription, Error> {
    let (world, now) = (app.world().await?, app.clock.now());
    let stream = app.store.stream(&record.spec.stream).await?.map(|record| record.stream);
    let access = stream.map(|stream| Asking::own(&stream, &record.asked_by).further(&record.spec).access(&world, now));
    let status = SubscriptionStatus::at(now, record.spec.expires_at);
    let SubscriptionRecord { id, team, generation, created_at, updated_at, spec, idempotency_key: _, asked_by: _ } =
        record;
    Ok(Subscription { id, team, generation, created_at, updated_at, spec, status, access: access.unwrap_or_default() })
}
