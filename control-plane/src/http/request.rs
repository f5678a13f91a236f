//! What surrounds every request: an id, a line in the log, numbers, and the question who is calling.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fanner_model::{Code, Problem};
use tracing::{Instrument, info, info_span};
use uuid::Uuid;

use super::audit;
use super::problem::Refusal;
use super::source::Source;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's name.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Gives a request a name, which its log lines and its answer carry.
pub(super) async fn name(mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).instrument(info_span!("request", id)).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Logs and counts a request once it is answered. The address is never logged, only its pattern.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let (route, status) = (path.as_ref().map_or("none", MatchedPath::as_str), response.status().as_u16());
    let team = response.extensions().get::<Actor>().map(|actor| actor.team.as_str()).unwrap_or_default();
    let seconds = started.elapsed().as_secs_f64();
    app.metrics.request(known(&method), route, status, seconds);
    info!(%method, route, status, milliseconds = (seconds * 1000.0).round(), team, "request was answered");
    response
}

/// The method's name, if it is one that we serve: a caller must not be able to make up labels of metrics.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Lets a request through if its token is good; whoever handles it finds the [`Actor`] in its extensions. If that caller
/// may not do it, the audit log says so before the caller learns it.
pub(super) async fn authenticate(
    State(app): State<App>,
    Source(source): Source,
    request: Request,
    next: Next,
) -> Response {
    match actor(&app, source, request.headers()).await {
        Ok(actor) => answered_for(&app, actor, request, next).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Handles a request of a caller who is known, and who answers for it.
pub(crate) async fn answered_for(app: &App, actor: Actor, mut request: Request, next: Next) -> Response {
    let actor = Actor { request: request.extensions().get().map(|RequestId(id)| id.clone()), ..actor };
    let (action, subject) = audit::attempt(request.method(), request.uri());
    request.extensions_mut().insert(actor.clone());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions().get::<Problem>().filter(|problem| is_refusal(problem.code))
        && let Err(error) = ops::audit::refused(app, &actor, action, subject, &problem.detail).await
    {
        return Refusal::from(error).into_response();
    }
    response.extensions_mut().insert(actor);
    response
}

/// Whether the caller is known and may not do what it tried.
fn is_refusal(code: Code) -> bool {
    code.status() == StatusCode::FORBIDDEN
}

async fn actor(app: &App, source: IpAddr, headers: &HeaderMap) -> Result<Actor, Refusal> {
    let missing =
        || Problem::new(Code::Unauthenticated, "a token is missing; send it as `Authorization: Bearer fnr_…`");
    let header = headers.get(AUTHORIZATION).ok_or_else(missing)?;
    let (scheme, secret) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing().into());
    }
    Ok(ops::caller::authenticate(app, source, secret.trim()).await?)
}
