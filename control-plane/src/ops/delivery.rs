//! Deliveries: a fanner tells what each stream received last, so that reviewers see what is used.

use std::collections::BTreeMap;

use fanner_model::{Delivery, EventName, Stream};
use jiff::Timestamp;

use crate::access::{Action, Actor, allow, allow_for};
use crate::app::App;
use crate::error::Error;

/// Notes what a fanner delivered.
pub(crate) async fn report(app: &App, actor: &Actor, deliveries: &[Delivery]) -> Result<(), Error> {
    allow(actor, Action::ReportDeliveries)?;
    Ok(app.store.note_deliveries(deliveries, app.clock.now()).await?)
}

/// When each event was last delivered to a stream, as far as the fanners have told.
pub(crate) async fn last(app: &App, actor: &Actor, stream: &Stream) -> Result<BTreeMap<EventName, Timestamp>, Error> {
    allow_for(actor, Action::ReadStreams, &stream.team, &format!("stream `{}`", stream.name))?;
    Ok(app.store.deliveries_to(stream.id).await?)
}
