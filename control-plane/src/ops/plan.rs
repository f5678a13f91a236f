//! What a change would do, without doing it.

use fanner_model::{PlanAnswer, PlanRequest, Scope};

use super::{event_type, link, stream, subscription};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// What the change would do: the same checks as the write, and no side effect.
pub(crate) async fn plan(app: &App, actor: &Actor, request: &PlanRequest) -> Result<PlanAnswer, Error> {
    allow(actor, Action::Plan)?;
    // Who may only plan hears what comes of it once somebody applies it.
    let actor = &Actor { scope: Scope::Full, ..actor.clone() };
    match request {
        PlanRequest::Stream { name, spec } => stream::plan(app, actor, name, spec).await,
        PlanRequest::Subscription { id, spec } => subscription::plan(app, actor, *id, spec).await,
        PlanRequest::EventType { name, spec } => event_type::plan(app, actor, name, spec).await,
        PlanRequest::Permission { spec } => link::plan(app, actor, spec).await,
    }
}
