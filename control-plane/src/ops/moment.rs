//! The moment that a question is about: now, or as the audit log tells it.

use std::sync::Arc;

use fanner_model::{Code, EventName, Problem};
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;
use crate::store::Deliveries;
use crate::world::{Moment, World, WorldError};

/// Everything as it is now, but for what was delivered.
pub(super) async fn now(app: &App) -> Result<Moment, Error> {
    let (world, interests) = (app.world().await?, app.store.interests().await?);
    Ok(Moment { at: app.clock.now(), world, interests, deliveries: Deliveries::default() })
}

/// Everything as it is now, with what was delivered of an event, or of all.
pub(super) async fn present(app: &App, event: Option<&EventName>) -> Result<Moment, Error> {
    let deliveries = app.store.deliveries(event).await?;
    Ok(Moment { deliveries, ..now(app).await? })
}

/// Everything as it was at `at`.
pub(super) async fn past(app: &App, at: Timestamp) -> Result<Moment, Error> {
    if app.clock.now() < at {
        let detail = format!("`{at}` is yet to come; ask about a moment that has been, or leave `at` out for now");
        return Err(Problem::new(Code::InvalidRequest, detail).into());
    }
    let _turn = app.past.acquire().await.expect("turns are never closed");
    let (facts, interests) = app.store.past(at).await?;
    let world = World::new(facts).map_err(|errors| {
        let words = WorldError::Policies(errors).to_string();
        Problem::new(Code::Unavailable, format!("this version of fanner cannot say what was decided at {at}: {words}"))
    })?;
    Ok(Moment { at, world: Arc::new(world), interests, deliveries: Deliveries::default() })
}
