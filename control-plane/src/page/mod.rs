//! The edge that people see: pages that work without a script, from the same operations as the API's answers. Who visits, and
//! whether what was sent comes from a form of ours, is settled in `visit` and `form` before any handler is asked.

mod access_request;
mod again;
mod audit;
mod badge;
mod break_glass;
mod bypass;
mod campaign;
mod cookie;
mod day;
mod enforcement;
mod event_type;
mod explanation;
mod finding;
mod form;
mod grant;
mod impact;
mod issuer;
mod login;
mod moment;
mod overview;
mod permission;
mod policy;
mod quarantine;
mod shown;
mod stream;
mod style;
mod team;
mod visit;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use self::again::again;
use crate::app::App;
use crate::http::{method_not_allowed, no_such_address};

/// Every page, and what answers where there is nothing. But for the login nobody is shown a page without one. What is sent
/// is named together with the page that its form is on.
pub(crate) fn routes(app: &App) -> Router<App> {
    let known = Router::new()
        .route("/", get(overview::show))
        .route("/requests", get(access_request::list))
        .route("/requests/{id}", get(access_request::show))
        .route("/requests/{id}/approval", post(again(access_request::approve, access_request::show)))
        .route("/requests/{id}/rejection", post(again(access_request::reject, access_request::show)))
        .route("/requests/{id}/withdrawal", post(again(access_request::withdraw, access_request::show)))
        .route("/requests/{id}/renewal", post(again(access_request::renew, access_request::show)))
        .route("/streams", get(stream::list))
        .route("/streams/{name}", get(stream::show))
        .route("/event-types", get(event_type::list))
        .route("/event-types/{name}", get(event_type::show))
        .route("/teams", get(team::list))
        .route("/teams/{name}", get(team::show))
        .route("/grants", get(grant::list))
        .route("/grants/{id}", get(grant::show))
        .route("/grants/{id}/revocation", post(again(grant::revoke, grant::show)))
        .route("/grants/{id}/extension", post(again(grant::extend, grant::show)))
        .route("/permissions", get(permission::list))
        .route("/permissions/{id}/end", post(again(permission::end, permission::list)))
        .route("/quarantines", get(quarantine::list).post(again(quarantine::impose, quarantine::list)))
        .route("/quarantines/{id}/end", post(again(quarantine::lift, quarantine::list)))
        .route("/policies", get(policy::list))
        .route("/policies/{name}", get(policy::show))
        .route("/impact", get(impact::ask).post(again(impact::tell, impact::ask)))
        .route("/explanation", get(again(explanation::show, explanation::ask)))
        .route("/findings", get(finding::list))
        .route("/campaigns", get(campaign::list).post(again(campaign::open, campaign::list)))
        .route("/campaigns/{id}", get(campaign::show))
        .route("/campaigns/{id}/answers", post(again(campaign::answer, campaign::show)))
        .route("/campaigns/{id}/export", get(campaign::export))
        .route("/enforcements", get(enforcement::list))
        .route("/audit", get(audit::show))
        .route("/bypass-report", get(bypass::show).post(again(bypass::take, bypass::show)))
        .route("/break-glass", post(again(break_glass::acknowledge, bypass::show)))
        .route("/break-glass/{id}/end", post(again(break_glass::retract, bypass::show)))
        .route("/logout", post(login::end))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn(form::check))
        .route_layer(from_fn_with_state(app.clone(), visit::admit));
    let open = Router::new()
        .route("/login", get(login::ask).post(again(login::begin, login::ask)))
        .route("/login/{name}", get(issuer::depart))
        .route("/login/{name}/back", get(issuer::arrive))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn(form::check));
    let pages = known.merge(open).fallback(no_such_address).layer(from_fn(shown::dress));
    pages.route(style::address(), get(style::serve))
}
