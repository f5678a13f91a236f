//! The contract that programs are written against: `openapi.json`, made from the handlers themselves.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use fanner_model::RuleSet;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    access_request, audit, break_glass, bypass, campaign, delivery, enforcement, event_type, explanation, finding,
    grant, health, impact, permission, plan, policy, quarantine, reader, rules, session, sighting, stream,
    subscription, team, team_access, token,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "fanner control plane",
        description = "Consumers declare streams with the events they want; the control plane makes them real. \
                       Errors are RFC 9457 documents with a `code` from a closed list."
    ),
    paths(
        stream::list, stream::read, stream::put, stream::delete,
        subscription::list, subscription::read, subscription::put, subscription::delete,
        event_type::list, event_type::read, event_type::put, event_type::delete,
        reader::list, team_access::list, explanation::explain, finding::list,
        team::list, team::read, team::put, team::delete,
        policy::list, policy::read, policy::put, policy::delete, impact::of,
        permission::list, permission::read, permission::put, permission::delete,
        quarantine::list, quarantine::read, quarantine::put, quarantine::delete,
        access_request::list, access_request::read, access_request::approve, access_request::reject,
        access_request::withdraw, access_request::renew,
        grant::list, grant::read, grant::revoke, grant::extend,
        campaign::list, campaign::read, campaign::open, campaign::items, campaign::answer, campaign::export,
        bypass::read, bypass::take,
        break_glass::list, break_glass::read, break_glass::put, break_glass::delete,
        plan::plan, rules::follow, enforcement::fanners, enforcement::list, sighting::list, sighting::report,
        delivery::report,
        token::list, token::create, token::read, token::revoke, session::begin, session::caller,
        audit::entries, audit::checkpoints, audit::checkpoint, audit::proof,
        serve, health::alive, health::ready, health::metrics,
    ),
    components(schemas(RuleSet)),
    modifiers(&Bearer),
    security(("token" = []))
)]
struct Contract;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, contract: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        contract.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// The contract as text, as it is committed.
pub fn contract() -> String {
    Contract::openapi().to_pretty_json().expect("a contract is made of text keys") + "\n"
}

/// Serves the contract.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, description = "This document.")), security(()))]
pub(super) async fn serve() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], contract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_contract_is_the_one_that_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if option_env!("UPDATE_OPENAPI").is_some() {
            std::fs::write(path, contract()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == contract(),
            "control-plane/openapi.json is stale; `UPDATE_OPENAPI=1 cargo test` rewrites it"
        );
    }
}
