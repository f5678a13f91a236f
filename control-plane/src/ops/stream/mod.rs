//! Streams: asking for them, changing what is asked for, and seeing what is true.

mod propose;
mod role;

use std::time::Duration;

use fanner_model::{Change, Code, Page, Phase, PlanAnswer, Stream, StreamName, StreamSpec};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};
use tracing::info;

use self::propose::{Asked, Proposal};
use super::audit::author;
use super::guard::{Existing, Passage};
use super::{ATTEMPTS, Guard, Part, access_request, overtaken, page};
use crate::access::{Action, Actor, allow, allow_for};
use crate::app::App;
use crate::error::Error;
use crate::store::{Range, StoreError, StreamRecord, StreamWrite};
use crate::world::{Asking, World};

/// How long a reader of one stream, or of a list, waits for Kinesis to be asked. Then it gets what is known.
const PATIENCE: Duration = Duration::from_secs(5);
const LIST_PATIENCE: Duration = Duration::from_secs(2);

/// How often a waiting reader looks again by itself: other control planes do not wake it.
const INTERVAL: Duration = Duration::from_millis(250);

/// The streams that the caller may see.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part, fresh: bool) -> Result<Page<Stream>, Error> {
    allow(actor, Action::ReadStreams)?;
    let mut records = app.store.streams(actor.limit(), &part.after, part.limit).await?;
    let ends =
        records.first().zip(records.last()).map(|(first, last)| (first.stream.name.clone(), last.stream.name.clone()));
    let Some((first, last)) = ends else { return Ok(Page { items: Vec::new(), next: None }) };
    if fresh {
        refresh(app, &Range { first: &first, last: &last, team: actor.limit() }, LIST_PATIENCE).await?;
        records = app.store.streams(actor.limit(), &part.after, part.limit).await?;
    }
    let (world, now) = (app.world().await?, app.clock.now());
    let streams = records.into_iter().map(|record| shown(record, &world, now)).collect();
    Ok(page(streams, part, |stream| stream.name.to_string()))
}

/// One stream; `fresh`: as Kinesis has it now.
pub(crate) async fn read(app: &App, actor: &Actor, name: &StreamName, fresh: bool) -> Result<Stream, Error> {
    let mut record = visible(app, actor, name).await?;
    if fresh {
        refresh(app, &Range { first: name, last: name, team: None }, PATIENCE).await?;
        record = visible(app, actor, name).await?;
    }
    show(app, record).await
}

/// One stream as soon as it is as asked for, failed, missing or gone, or as it is after `wait`.
pub(crate) async fn settled(app: &App, actor: &Actor, name: &StreamName, wait: Duration) -> Result<Stream, Error> {
    let _place = app.waiting.enter(actor)?;
    let deadline = Instant::now() + wait;
    let mut told = app.signals.stream.subscribe();
    loop {
        let record = visible(app, actor, name).await?;
        if is_settled(&record.stream) || deadline <= Instant::now() || app.closing.is_cancelled() {
            return show(app, record).await;
        }
        let again = Instant::now() + INTERVAL;
        loop {
            tokio::select! {
                stream = told.recv() => if stream.as_ref().is_ok_and(|stream| stream != name) { continue },
                () = app.closing.cancelled() => {}
                () = sleep_until(again.min(deadline)) => {}
            }
            break;
        }
    }
}

/// Creates a stream or replaces what is asked for of it.
pub(crate) async fn put(
    app: &App,
    actor: &Actor,
    name: &StreamName,
    spec: &StreamSpec,
    guard: &Guard,
) -> Result<Stream, Error> {
    allow(actor, Action::ChangeStreams)?;
    for _ in 0..ATTEMPTS {
        let old = app.store.stream(name).await?;
        let world = app.world().await?;
        let proposal = propose(app, actor, name, spec, old.as_ref(), &world);
        if let Some(problem) = proposal.problems.into_iter().next() {
            return Err(problem.into());
        }
        let there = old.as_ref().filter(|old| old.stream.status.phase != Phase::Missing);
        let is = there.map(|old| Existing { generation: old.stream.generation, key: old.idempotency_key.as_deref() });
        let passage = guard.pass(&format!("stream `{name}`"), is.as_ref())?;
        match old {
            Some(old) if passage == Passage::Done || proposal.change == Change::Nothing => {
                return Ok(shown(old, &world, app.clock.now()));
            }
            Some(_) | None => {}
        }
        let write = StreamWrite {
            stream: &proposal.stream,
            capacity_generation: proposal.capacity_generation,
            idempotency_key: guard.key.as_deref(),
            asked_by: &actor.caller,
            expected: old.as_ref().map(|old| old.stream.generation),
        };
        match app.store.write_stream(&author(app, actor), &write).await {
            Ok(true) => {
                info!(stream = %name, generation = proposal.stream.generation, by = %actor.caller, "stream was asked for");
                app.signals.wanted();
                let record = existing(app, name).await?;
                access_request::file(app, &[Asking::own(&record.stream, &record.asked_by)]).await?;
                return show(app, record).await;
            }
            Ok(false) | Err(StoreError::Dangling(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(overtaken(&format!("stream `{name}`")))
}

/// Asks for a stream to be deleted, with its records. Its rules go at once, Kinesis follows.
pub(crate) async fn delete(app: &App, actor: &Actor, name: &StreamName, guard: &Guard) -> Result<(), Error> {
    allow(actor, Action::ChangeStreams)?;
    for _ in 0..ATTEMPTS {
        let StreamRecord { stream: old, .. } = visible(app, actor, name).await?;
        let what = format!("stream `{name}`");
        guard.pass(&what, Some(&Existing { generation: old.generation, key: None }))?;
        if old.status.phase == Phase::Deleting {
            return Ok(());
        }
        if old.spec.deletion_protection {
            let detail = format!("deletion protection of {what} is on; turn `deletion_protection` off first");
            return Err(Error::refused(Code::Protected, detail));
        }
        if app.store.begin_deletion(&author(app, actor), name, old.generation).await? {
            info!(stream = %name, by = %actor.caller, "stream was asked to be deleted");
            app.signals.wanted();
            return Ok(());
        }
    }
    Err(overtaken(&format!("stream `{name}`")))
}

/// What a change would do.
pub(crate) async fn plan(app: &App, actor: &Actor, name: &StreamName, spec: &StreamSpec) -> Result<PlanAnswer, Error> {
    let old = app.store.stream(name).await?;
    let world = app.world().await?;
    let proposal = propose(app, actor, name, spec, old.as_ref(), &world);
    let access = Asking::own(&proposal.stream, &actor.caller).access(&world, app.clock.now());
    let (change, problems) = (proposal.change, proposal.problems.clone());
    let steps = if problems.is_empty() { proposal.steps() } else { Vec::new() };
    Ok(PlanAnswer { change, access, problems, steps })
}

fn propose(
    app: &App,
    actor: &Actor,
    name: &StreamName,
    spec: &StreamSpec,
    old: Option<&StreamRecord>,
    world: &World,
) -> Proposal {
    let boundary = app.reader_role_boundary.as_deref();
    Asked { actor, name, spec, old, world, reserved: &app.reserved, boundary, now: app.clock.now() }.proposal()
}

/// Has the reconciler look at streams, and waits until it did, at most `patience`.
async fn refresh(app: &App, range: &Range<'_>, patience: Duration) -> Result<(), Error> {
    let (since, deadline) = (app.clock.now(), Instant::now() + patience);
    app.store.hasten(range, since).await?;
    app.signals.reconcile.notify_one();
    while Instant::now() < deadline && !app.closing.is_cancelled() {
        if app.store.unseen_since(range, since).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

fn is_settled(stream: &Stream) -> bool {
    stream.is_ready() || matches!(stream.status.phase, Phase::Failed | Phase::Missing)
}

async fn existing(app: &App, name: &StreamName) -> Result<StreamRecord, Error> {
    let found = app.store.stream(name).await?;
    found.ok_or_else(|| Error::refused(Code::NotFound, format!("there is no stream `{name}`")))
}

/// The stream, if the caller may see it.
async fn visible(app: &App, actor: &Actor, name: &StreamName) -> Result<StreamRecord, Error> {
    allow(actor, Action::ReadStreams)?;
    let record = existing(app, name).await?;
    allow_for(actor, Action::ReadStreams, &record.stream.team, &format!("stream `{name}`"))?;
    Ok(record)
}

async fn show(app: &App, record: StreamRecord) -> Result<Stream, Error> {
    Ok(shown(record, &*app.world().await?, app.clock.now()))
}

/// The stream as the API shows it.
fn shown(record: StreamRecord, world: &World, now: Timestamp) -> Stream {
    let access = Asking::own(&record.stream, &record.asked_by).access(world, now);
    Stream { access, ..record.stream }
}
