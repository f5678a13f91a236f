//! `/v1/streams`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{Page, Problem, Stream, StreamName, StreamSpec};
use serde::Deserialize;

use super::extract::{Asked, Body, Guarded, Named, Tagged, part, wait};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// The name after which the page begins.
    after: Option<String>,
    /// The most streams that the page may have, 1 to 500; left out, 100.
    limit: Option<u32>,
    /// Whether Kinesis is asked first, for up to 2 seconds.
    #[serde(default)]
    fresh: bool,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Reading {
    /// Seconds to wait until the stream is as asked for, failed, missing or gone, at most 60.
    wait: Option<u64>,
    /// Whether Kinesis is asked first, for up to 5 seconds.
    #[serde(default)]
    fresh: bool,
}

/// Lists streams in the order of their names.
#[utoipa::path(
    get, path = "/v1/streams", params(Listing),
    responses((status = 200, body = Page<Stream>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Listing { after, limit, fresh }): Asked<Listing>,
) -> Result<Json<Page<Stream>>, Refusal> {
    Ok(Json(ops::stream::list(&app, &actor, &part(after, limit)?, fresh).await?))
}

/// Reads one stream.
#[utoipa::path(
    get, path = "/v1/streams/{name}", params(("name" = StreamName, Path), Reading),
    responses((status = 200, body = Stream), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<StreamName>,
    Asked(Reading { wait: seconds, fresh }): Asked<Reading>,
) -> Result<Tagged<Stream>, Refusal> {
    let stream = match seconds {
        Some(seconds) => ops::stream::settled(&app, &actor, &name, wait(seconds)).await?,
        None => ops::stream::read(&app, &actor, &name, fresh).await?,
    };
    Ok(Tagged(stream.generation, stream))
}

/// Creates a stream or replaces what is asked for of it. Kinesis follows: read it with `wait`.
#[utoipa::path(
    put, path = "/v1/streams/{name}", params(("name" = StreamName, Path)), request_body = StreamSpec,
    responses((status = 200, body = Stream), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<StreamName>,
    Guarded(guard): Guarded,
    Body(spec): Body<StreamSpec>,
) -> Result<Tagged<Stream>, Refusal> {
    let stream = ops::stream::put(&app, &actor, &name, &spec, &guard).await?;
    Ok(Tagged(stream.generation, stream))
}

/// Asks for a stream to be deleted, with its records. It is gone once reading it with `wait` finds nothing.
#[utoipa::path(
    delete, path = "/v1/streams/{name}", params(("name" = StreamName, Path)),
    responses((status = 202), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<StreamName>,
    Guarded(guard): Guarded,
) -> Result<StatusCode, Refusal> {
    ops::stream::delete(&app, &actor, &name, &guard).await?;
    Ok(StatusCode::ACCEPTED)
}
