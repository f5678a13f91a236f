//! `/v1/event-types`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{EventName, EventType, EventTypeSpec, Page, Problem};

use super::extract::{Asked, Body, Guarded, Named, Paging, Tagged};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists event types in the order of their names.
#[utoipa::path(
    get, path = "/v1/event-types", params(Paging),
    responses((status = 200, body = Page<EventType>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<EventType>>, Refusal> {
    Ok(Json(ops::event_type::list(&app, &actor, &paging.part()?).await?))
}

/// Reads one event type.
#[utoipa::path(
    get, path = "/v1/event-types/{name}", params(("name" = EventName, Path)),
    responses((status = 200, body = EventType), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<EventName>,
) -> Result<Tagged<EventType>, Refusal> {
    let event_type = ops::event_type::read(&app, &actor, &name).await?;
    Ok(Tagged(event_type.version, event_type))
}

/// Declares an event type or replaces its declaration.
#[utoipa::path(
    put, path = "/v1/event-types/{name}", params(("name" = EventName, Path)), request_body = EventTypeSpec,
    responses((status = 200, body = EventType), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<EventName>,
    Guarded(guard): Guarded,
    Body(spec): Body<EventTypeSpec>,
) -> Result<Tagged<EventType>, Refusal> {
    let event_type = ops::event_type::put(&app, &actor, &name, &spec, &guard).await?;
    Ok(Tagged(event_type.version, event_type))
}

/// Takes back a declaration that nobody subscribes to.
#[utoipa::path(
    delete, path = "/v1/event-types/{name}", params(("name" = EventName, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<EventName>,
    Guarded(guard): Guarded,
) -> Result<StatusCode, Refusal> {
    ops::event_type::delete(&app, &actor, &name, &guard).await?;
    Ok(StatusCode::NO_CONTENT)
}
