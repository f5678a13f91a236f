//! `/permissions`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{Events, Page, Permission, PermissionId};

use super::shown::Shown;
use super::visit::Visit;
use crate::access::Action;
use crate::app::App;
use crate::http::{Asked, Named, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "permission/list.html")]
struct ListPage {
    visit: Visit,
    permissions: Page<Permission>,
}

/// Lists the standing permissions.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let permissions = ops::link::permissions(&app, &visit.actor, &paging.part()?).await?;
    Ok(Shown(ListPage { visit, permissions }))
}

/// Takes one back.
pub(super) async fn end(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<PermissionId>,
) -> Result<Redirect, Refusal> {
    ops::link::end_permission(&app, &visit.actor, id).await?;
    Ok(Redirect::to("/permissions"))
}
