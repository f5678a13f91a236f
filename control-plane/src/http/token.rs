//! `/v1/tokens`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{NewToken, Page, Problem, Token, TokenId, TokenSpec};

use super::extract::{Asked, Body, Named, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists tokens that are not revoked, without their secrets.
#[utoipa::path(
    get, path = "/v1/tokens", params(Paging),
    responses((status = 200, body = Page<Token>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Token>>, Refusal> {
    Ok(Json(ops::token::list(&app, &actor, &paging.part()?).await?))
}

/// Issues a token. Its secret is in the answer and nowhere else.
#[utoipa::path(
    post, path = "/v1/tokens", request_body = TokenSpec,
    responses((status = 201, body = NewToken), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn create(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Body(spec): Body<TokenSpec>,
) -> Result<(StatusCode, Json<NewToken>), Refusal> {
    Ok((StatusCode::CREATED, Json(ops::token::create(&app, &actor, &spec).await?)))
}

/// Reads one token, without its secret.
#[utoipa::path(
    get, path = "/v1/tokens/{id}", params(("id" = TokenId, Path)),
    responses((status = 200, body = Token), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<TokenId>,
) -> Result<Json<Token>, Refusal> {
    Ok(Json(ops::token::read(&app, &actor, id).await?))
}

/// Revokes a token: the next request that presents it is refused.
#[utoipa::path(
    delete, path = "/v1/tokens/{id}", params(("id" = TokenId, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<TokenId>,
) -> Result<StatusCode, Refusal> {
    ops::token::revoke(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
