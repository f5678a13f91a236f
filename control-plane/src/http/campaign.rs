//! `/v1/campaigns`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{Campaign, CampaignId, CampaignItem, CampaignSpec, Export, ExportFormat, NewAnswer, Page, Problem};
use serde::Deserialize;

use super::extract::{Asked, Body, Named, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists campaigns, the oldest first.
#[utoipa::path(
    get, path = "/v1/campaigns", params(Paging),
    responses((status = 200, body = Page<Campaign>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Campaign>>, Refusal> {
    Ok(Json(ops::campaign::list(&app, &actor, &paging.part()?).await?))
}

/// Reads one campaign.
#[utoipa::path(
    get, path = "/v1/campaigns/{id}", params(("id" = CampaignId, Path)),
    responses((status = 200, body = Campaign), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<CampaignId>,
) -> Result<Json<Campaign>, Refusal> {
    Ok(Json(ops::campaign::read(&app, &actor, id).await?))
}

/// Opens a campaign about the rights in a scope.
#[utoipa::path(
    put, path = "/v1/campaigns/{id}", params(("id" = CampaignId, Path)), request_body = CampaignSpec,
    responses((status = 200, body = Campaign), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn open(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<CampaignId>,
    Body(spec): Body<CampaignSpec>,
) -> Result<Json<Campaign>, Refusal> {
    Ok(Json(ops::campaign::open(&app, &actor, id, &spec).await?))
}

/// Lists what a campaign is about, as far as it concerns the caller's team.
#[utoipa::path(
    get, path = "/v1/campaigns/{id}/items", params(("id" = CampaignId, Path), Paging),
    responses((status = 200, body = Page<CampaignItem>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn items(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<CampaignId>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<CampaignItem>>, Refusal> {
    Ok(Json(ops::campaign::items(&app, &actor, id, &paging.part()?).await?))
}

/// Answers for one right: it is attested, reduced or revoked.
#[utoipa::path(
    post, path = "/v1/campaigns/{id}/answers", params(("id" = CampaignId, Path)), request_body = NewAnswer,
    responses((status = 200, body = CampaignItem), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn answer(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<CampaignId>,
    Body(new): Body<NewAnswer>,
) -> Result<Json<CampaignItem>, Refusal> {
    Ok(Json(ops::campaign::answer(&app, &actor, id, &new).await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Exporting {
    /// How the file is written; left out, as a table.
    #[serde(default)]
    format: ExportFormat,
}

/// Gives out a campaign with all its answers as a signed file.
#[utoipa::path(
    get, path = "/v1/campaigns/{id}/export", params(("id" = CampaignId, Path), Exporting),
    responses((status = 200, body = Export), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn export(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<CampaignId>,
    Asked(Exporting { format }): Asked<Exporting>,
) -> Result<Json<Export>, Refusal> {
    Ok(Json(ops::campaign::export(&app, &actor, id, format).await?))
}
