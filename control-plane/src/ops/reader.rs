//! Who reads an event, and why: now, or at a moment of the past.

use fanner_model::{EventName, Page, Reader};
use jiff::Timestamp;

use super::moment::{past, present};
use super::{Part, apart, page, undeclared};
use crate::access::{Action, Actor, allow, allow_for};
use crate::app::App;
use crate::error::Error;
use crate::world::place;

/// The subscriptions that ask for an event, and what comes of each; for its owner, and for those who review.
pub(crate) async fn list(
    app: &App,
    actor: &Actor,
    event: &EventName,
    part: &Part,
    at: Option<Timestamp>,
) -> Result<Page<Reader>, Error> {
    allow(actor, Action::ReadReaders)?;
    let moment = match at {
        Some(at) => past(app, at).await?,
        None => present(app, Some(event)).await?,
    };
    let declared = moment.world.event_type(event).ok_or_else(|| undeclared(&moment.world, event))?;
    allow_for(actor, Action::ReadReaders, &declared.team, &format!("event `{event}`"))?;
    let (event, after, limit) = (event.clone(), part.after.clone(), part.limit as usize);
    let readers = apart(move || moment.readers(&event, &after, limit)).await;
    Ok(page(readers, part, |reader| place(&reader.stream, reader.subscription)))
}
