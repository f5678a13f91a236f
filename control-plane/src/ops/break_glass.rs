//! Break-glass: ways around the fanner that security knows about, each with a reason and an end.

use fanner_model::{BreakGlass, BreakGlassId, BreakGlassSpec, Code, Page, Problem};
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use super::audit::author;
use super::link::{ends_later, same};
use super::{Part, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// The longest that a way around may be acknowledged at once.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Those that were not taken back; some may be over.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<BreakGlass>, Error> {
    allow(actor, Action::ReadBreakGlass)?;
    let known = app.store.break_glasses(&part.after, part.limit).await?;
    Ok(page(known, part, |known| known.id.to_string()))
}

/// One of them.
pub(crate) async fn read(app: &App, actor: &Actor, id: BreakGlassId) -> Result<BreakGlass, Error> {
    allow(actor, Action::ReadBreakGlass)?;
    app.store.break_glass(id).await?.ok_or_else(|| missing(id))
}

/// Acknowledges a way around the fanner.
pub(crate) async fn put(
    app: &App,
    actor: &Actor,
    id: BreakGlassId,
    spec: &BreakGlassSpec,
) -> Result<BreakGlass, Error> {
    allow(actor, Action::ChangeBreakGlass)?;
    let now = app.clock.now();
    let known = |old: BreakGlass| same(old.spec == *spec, old, "break-glass", &id.to_string());
    if let Some(old) = app.store.break_glass(id).await? {
        return known(old)?.ok_or_else(|| missing(id));
    }
    ends_later(spec.expires_at, now, "expires_at")?;
    ends_soon(spec.expires_at, now)?;
    let new = BreakGlass { id, created_by: actor.caller.clone(), created_at: now, spec: spec.clone() };
    if app.store.insert_break_glass(&author(app, actor), &new).await? {
        info!(break_glass = %id, arn = %spec.arn, by = %actor.caller, "way around the fanner was acknowledged");
        return Ok(new);
    }
    // It was written meanwhile, or taken back before.
    match app.store.break_glass(id).await? {
        Some(old) => known(old)?.ok_or_else(|| missing(id)),
        None => Err(Error::refused(Code::AlreadyExists, format!("break-glass `{id}` was taken back; choose a new id"))),
    }
}

/// Takes an acknowledgement back.
pub(crate) async fn delete(app: &App, actor: &Actor, id: BreakGlassId) -> Result<(), Error> {
    allow(actor, Action::ChangeBreakGlass)?;
    match app.store.end_break_glass(&author(app, actor), id).await? {
        true => {
            info!(break_glass = %id, by = %actor.caller, "acknowledgement of a way around the fanner was taken back")
        }
        false => return Err(missing(id)),
    }
    Ok(())
}

fn ends_soon(end: Timestamp, now: Timestamp) -> Result<(), Problem> {
    match now.saturating_add(LONGEST).is_ok_and(|latest| latest < end) {
        true => {
            let detail =
                format!("`{end}` is more than 90 days ahead; acknowledge it for less, and again if it is still needed");
            Err(Problem::new(Code::InvalidField, detail).at("expires_at"))
        }
        false => Ok(()),
    }
}

fn missing(id: BreakGlassId) -> Error {
    Error::refused(Code::NotFound, format!("there is no break-glass `{id}`"))
}
