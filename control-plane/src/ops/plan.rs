//! What a change would do, without doing it.

use fanner_model::{PlanAnswer, PlanRequest};

use super::{event_type, stream, subscription};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// What the change would do: the same checks as the write, and no side effect.
pub(crate) async fn plan(app: &App, actor: &Actor, request: &PlanRequest) -> Result<PlanAnswer, Error> {
    allow(actor, Action::Plan)?;
    match request {
        PlanRequest::Stream { name, spec } => stream::plan(app, actor, name, spec).await,
        PlanRequest::Subscription { id, spec } => subscription::plan(app, actor, *id, spec).await,
        PlanRequest::EventType { name, spec } => event_type::plan(app, actor, name, spec).await,
    }
}
