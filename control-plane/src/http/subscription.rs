//! `/v1/subscriptions`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{Page, Problem, Subscription, SubscriptionId, SubscriptionSpec};

use super::extract::{Asked, Body, Guarded, Named, Paging, Tagged};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists subscriptions in the order of their ids.
#[utoipa::path(
    get, path = "/v1/subscriptions", params(Paging),
    responses((status = 200, body = Page<Subscription>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Subscription>>, Refusal> {
    Ok(Json(ops::subscription::list(&app, &actor, &paging.part()?).await?))
}

/// Reads one subscription.
#[utoipa::path(
    get, path = "/v1/subscriptions/{id}", params(("id" = SubscriptionId, Path)),
    responses((status = 200, body = Subscription), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<SubscriptionId>,
) -> Result<Tagged<Subscription>, Refusal> {
    let subscription = ops::subscription::read(&app, &actor, id).await?;
    Ok(Tagged(subscription.generation, subscription))
}

/// Creates a subscription or replaces what is asked for of it. The caller chooses the id.
#[utoipa::path(
    put, path = "/v1/subscriptions/{id}", params(("id" = SubscriptionId, Path)), request_body = SubscriptionSpec,
    responses((status = 200, body = Subscription), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<SubscriptionId>,
    Guarded(guard): Guarded,
    Body(spec): Body<SubscriptionSpec>,
) -> Result<Tagged<Subscription>, Refusal> {
    let subscription = ops::subscription::put(&app, &actor, id, &spec, &guard).await?;
    Ok(Tagged(subscription.generation, subscription))
}

/// Ends a subscription.
#[utoipa::path(
    delete, path = "/v1/subscriptions/{id}", params(("id" = SubscriptionId, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<SubscriptionId>,
    Guarded(guard): Guarded,
) -> Result<StatusCode, Refusal> {
    ops::subscription::delete(&app, &actor, id, &guard).await?;
    Ok(StatusCode::NO_CONTENT)
}
