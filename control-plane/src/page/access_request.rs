//! `/requests`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{AccessRequest, Comment, Page, Reason, RequestId, RequestStatus};
use serde::Deserialize;

use super::badge::Stated as _;
use super::form::Filled;
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Asked, Named, Refusal, part};
use crate::ops;
use crate::ops::access_request::Choices;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<String>,
    /// Those that were decided as well.
    #[serde(default)]
    all: bool,
}

#[derive(Template)]
#[template(path = "request/list.html")]
struct ListPage {
    visit: Visit,
    all: bool,
    requests: Page<AccessRequest>,
}

/// Lists the requests that concern the visitor.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(Wanted { after, all }): Asked<Wanted>,
) -> Result<Shown<impl Template>, Refusal> {
    let requests = ops::access_request::list(&app, &visit.actor, &part(after, None)?, !all).await?;
    Ok(Shown(ListPage { visit, all, requests }))
}

#[derive(Template)]
#[template(path = "request/show.html")]
struct RequestPage {
    visit: Visit,
    request: AccessRequest,
    choices: Choices,
}

/// Shows a request, and what the visitor may do with it.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<RequestId>,
) -> Result<Shown<impl Template>, Refusal> {
    let request = ops::access_request::read(&app, &visit.actor, id).await?;
    let choices = ops::access_request::choices(&app, &visit.actor, &request).await?;
    Ok(Shown(RequestPage { visit, request, choices }))
}

/// Approves a request in the visitor's role.
pub(super) async fn approve(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<RequestId>,
    Filled(Comment { comment }): Filled<Comment>,
) -> Result<Redirect, Refusal> {
    ops::access_request::approve(&app, &visit.actor, id, comment.as_deref()).await?;
    Ok(to(id))
}

/// Turns a request down.
pub(super) async fn reject(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<RequestId>,
    Filled(Reason { reason }): Filled<Reason>,
) -> Result<Redirect, Refusal> {
    ops::access_request::reject(&app, &visit.actor, id, &reason).await?;
    Ok(to(id))
}

/// Takes a request back.
pub(super) async fn withdraw(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<RequestId>,
) -> Result<Redirect, Refusal> {
    ops::access_request::withdraw(&app, &visit.actor, id).await?;
    Ok(to(id))
}

/// Asks anew.
pub(super) async fn renew(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<RequestId>,
) -> Result<Redirect, Refusal> {
    Ok(to(ops::access_request::renew(&app, &visit.actor, id).await?.id))
}

fn to(id: RequestId) -> Redirect {
    Redirect::to(&format!("/requests/{id}"))
}
