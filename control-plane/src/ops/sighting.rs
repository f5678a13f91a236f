//! Sightings: a fanner tells which events come that nobody declared, so that no team can claim another's by name.

use std::collections::BTreeSet;

use fanner_model::{EventName, Page, Sighting};
use jiff::{SignedDuration, Timestamp};

use super::{Part, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// How long after it was last seen a name is forgotten.
const MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many names are kept: a producer that makes up names must not fill the database.
const MOST: u32 = 10_000;

/// Notes what a fanner saw.
pub(crate) async fn report(app: &App, actor: &Actor, events: &BTreeSet<EventName>) -> Result<(), Error> {
    allow(actor, Action::ReportSightings)?;
    let now = app.clock.now();
    Ok(app.store.note_sightings(events, now, remembered_since(now), MOST).await?)
}

/// What was seen.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<Sighting>, Error> {
    allow(actor, Action::ReadSightings)?;
    let sightings = app.store.sightings(remembered_since(app.clock.now()), &part.after, part.limit).await?;
    Ok(page(sightings, part, |sighting| sighting.name.to_string()))
}

/// Whether events of this name come though nobody declared them.
pub(super) async fn is_sighted(app: &App, name: &EventName) -> Result<bool, Error> {
    Ok(app.store.is_sighted(name, remembered_since(app.clock.now())).await?)
}

fn remembered_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(MEMORY).unwrap_or(Timestamp::MIN)
}
