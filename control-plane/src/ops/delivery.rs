//! Deliveries: a fanner tells what each stream received last, so that reviewers see what is used.

use fanner_model::Delivery;

use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// Notes what a fanner delivered.
pub(crate) async fn report(app: &App, actor: &Actor, deliveries: &[Delivery]) -> Result<(), Error> {
    allow(actor, Action::ReportDeliveries)?;
    Ok(app.store.note_deliveries(deliveries, app.clock.now()).await?)
}
