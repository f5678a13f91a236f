//! The edge that speaks HTTP: every route, and what surrounds each request. Handlers only translate; what they do is in
//! `ops`.

mod access_request;
mod audit;
mod break_glass;
mod bypass;
mod campaign;
mod delivery;
mod enforcement;
mod event_type;
mod explanation;
mod extract;
mod finding;
mod grant;
mod health;
mod impact;
mod openapi;
mod permission;
mod plan;
mod policy;
mod problem;
mod quarantine;
mod reader;
mod request;
mod rules;
mod session;
mod sighting;
mod source;
mod stream;
mod subscription;
mod team;
mod team_access;
mod token;

pub(crate) use extract::{Asked, Named, Paging, part};
pub use openapi::contract;
pub(crate) use problem::{Refusal, method_not_allowed, no_such_address};
pub(crate) use request::{RequestId, answered_for};
pub(crate) use source::Source;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post, put};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;

/// The largest body that is read.
const LARGEST_BODY_BYTES: usize = 1024 * 1024;

/// Everything that is answered: the API, and `pages`, which answer where there is nothing as well. Behind `/v1` nobody is
/// answered without a token, but to get one.
pub(crate) fn router(app: App, pages: Router<App>) -> Router {
    let known = Router::new()
        .route("/v1/streams", get(stream::list))
        .route("/v1/streams/{name}", get(stream::read).merge(put(stream::put)).merge(delete(stream::delete)))
        .route("/v1/subscriptions", get(subscription::list))
        .route(
            "/v1/subscriptions/{id}",
            get(subscription::read).merge(put(subscription::put)).merge(delete(subscription::delete)),
        )
        .route("/v1/event-types", get(event_type::list))
        .route(
            "/v1/event-types/{name}",
            get(event_type::read).merge(put(event_type::put)).merge(delete(event_type::delete)),
        )
        .route("/v1/event-types/{name}/readers", get(reader::list))
        .route("/v1/teams", get(team::list))
        .route("/v1/teams/{name}", get(team::read).merge(put(team::put)).merge(delete(team::delete)))
        .route("/v1/teams/{name}/access", get(team_access::list))
        .route("/v1/policies", get(policy::list))
        .route("/v1/policies/impact", post(impact::of))
        .route("/v1/policies/{name}", get(policy::read).merge(put(policy::put)).merge(delete(policy::delete)))
        .route("/v1/permissions", get(permission::list))
        .route(
            "/v1/permissions/{id}",
            get(permission::read).merge(put(permission::put)).merge(delete(permission::delete)),
        )
        .route("/v1/quarantines", get(quarantine::list))
        .route(
            "/v1/quarantines/{id}",
            get(quarantine::read).merge(put(quarantine::put)).merge(delete(quarantine::delete)),
        )
        .route("/v1/requests", get(access_request::list))
        .route("/v1/requests/{id}", get(access_request::read))
        .route("/v1/requests/{id}/approval", post(access_request::approve))
        .route("/v1/requests/{id}/rejection", post(access_request::reject))
        .route("/v1/requests/{id}/withdrawal", post(access_request::withdraw))
        .route("/v1/requests/{id}/renewal", post(access_request::renew))
        .route("/v1/grants", get(grant::list))
        .route("/v1/grants/{id}", get(grant::read))
        .route("/v1/grants/{id}/revocation", post(grant::revoke))
        .route("/v1/grants/{id}/extension", post(grant::extend))
        .route("/v1/bypass-report", get(bypass::read).merge(post(bypass::take)))
        .route("/v1/break-glass", get(break_glass::list))
        .route(
            "/v1/break-glass/{id}",
            get(break_glass::read).merge(put(break_glass::put)).merge(delete(break_glass::delete)),
        )
        .route("/v1/plan", post(plan::plan))
        .route("/v1/rules", get(rules::follow))
        .route("/v1/decisions/explain", get(explanation::explain))
        .route("/v1/campaigns", get(campaign::list))
        .route("/v1/campaigns/{id}", get(campaign::read).merge(put(campaign::open)))
        .route("/v1/campaigns/{id}/items", get(campaign::items))
        .route("/v1/campaigns/{id}/answers", post(campaign::answer))
        .route("/v1/campaigns/{id}/export", get(campaign::export))
        .route("/v1/reviews/findings", get(finding::list))
        .route("/v1/deliveries", post(delivery::report))
        .route("/v1/fanners", get(enforcement::fanners))
        .route("/v1/enforcements", get(enforcement::list))
        .route("/v1/sightings", get(sighting::list).merge(post(sighting::report)))
        .route("/v1/tokens", get(token::list).merge(post(token::create)))
        .route("/v1/tokens/{id}", get(token::read).merge(delete(token::revoke)))
        .route("/v1/audit/entries", get(audit::entries))
        .route("/v1/audit/checkpoints", get(audit::checkpoints))
        .route("/v1/audit/checkpoint", get(audit::checkpoint))
        .route("/v1/audit/proof", get(audit::proof))
        .route("/v1/caller", get(session::caller))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn_with_state(app.clone(), request::authenticate));
    let open = Router::new()
        .route("/v1/sessions", post(session::begin))
        .route("/openapi.json", get(openapi::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(method_not_allowed);
    known
        .merge(open)
        .merge(pages)
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(app.clone(), request::observe))
        .layer(from_fn(request::name))
        .with_state(app)
}
