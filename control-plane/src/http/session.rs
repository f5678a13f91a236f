//! `/v1/sessions` and `/v1/caller`

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use fanner_model::{Caller, NewSession, Problem, Proof};

use super::extract::Body;
use super::problem::Refusal;
use super::request::RequestId;
use super::source::Source;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Exchanges a proof of who is calling for a session. Its secret is in the answer and nowhere else.
#[utoipa::path(
    post, path = "/v1/sessions", request_body = Proof, security(()),
    responses((status = 201, body = NewSession), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn begin(
    State(app): State<App>,
    Source(source): Source,
    request: Option<Extension<RequestId>>,
    Body(proof): Body<Proof>,
) -> Result<Response, Refusal> {
    let session = ops::session::begin(&app, source, request.map(|Extension(RequestId(id))| id), &proof).await?;
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(session)).into_response())
}

/// Says who the caller's token or session says that it is.
#[utoipa::path(
    get, path = "/v1/caller",
    responses((status = 200, body = Caller), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn caller(Extension(actor): Extension<Actor>) -> Json<Caller> {
    Json(ops::caller::describe(&actor))
}
