//! `/v1/audit/…`, and what of a refused request goes into the log.

use axum::extract::State;
use axum::http::{Method, Uri};
use axum::{Extension, Json};
use fanner_audit::{Action, Noun, Subject};
use fanner_model::{AuditCheckpoint, AuditProof, AuditRecord, Page, Problem};
use serde::Deserialize;

use super::extract::{Asked, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// The longest key of a thing that is written down, in characters: all real ones are shorter.
const LONGEST_KEY: usize = 256;

/// What a request tries to do, and to what.
pub(super) fn attempt(method: &Method, uri: &Uri) -> (Action, Subject) {
    let path = uri.path().trim_start_matches("/v1").trim_start_matches('/');
    let mut segments = path.split('/');
    let noun = segments.next().unwrap_or_default();
    let (key, deed) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let action = match *method {
        Method::GET => Action::Read,
        Method::PUT => Action::Put,
        Method::DELETE => Action::Delete,
        _ => acting(deed),
    };
    let (noun, key) = Noun::named(noun).map_or((Noun::Other, path), |noun| (noun, key));
    (action, Subject::new(noun, key.chars().take(LONGEST_KEY).collect::<String>()))
}

/// What is done by sending something to the address of a deed.
fn acting(deed: &str) -> Action {
    match deed {
        "approval" => Action::Approve,
        "rejection" => Action::Reject,
        "withdrawal" => Action::Withdraw,
        "revocation" => Action::Revoke,
        "extension" => Action::Extend,
        "end" => Action::Delete,
        _ => Action::Create,
    }
}

/// Lists the entries of the log in their order, exactly as they were hashed.
#[utoipa::path(
    get, path = "/v1/audit/entries", params(Paging),
    responses((status = 200, body = Page<AuditRecord>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn entries(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<AuditRecord>>, Refusal> {
    Ok(Json(ops::audit::entries(&app, &actor, &paging.part()?).await?))
}

/// Lists the signed checkpoints in the order of their sizes.
#[utoipa::path(
    get, path = "/v1/audit/checkpoints", params(Paging),
    responses((status = 200, body = Page<AuditCheckpoint>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn checkpoints(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<AuditCheckpoint>>, Refusal> {
    Ok(Json(ops::audit::checkpoints(&app, &actor, &paging.part()?).await?))
}

/// Reads the newest checkpoint. Who keeps it can have it proved later that nothing of that log was altered since.
#[utoipa::path(
    get, path = "/v1/audit/checkpoint",
    responses((status = 200, body = AuditCheckpoint), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn checkpoint(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<AuditCheckpoint>, Refusal> {
    Ok(Json(ops::audit::checkpoint(&app, &actor).await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Proving {
    /// The entry that the log is proved to have.
    entry: Option<u64>,
    /// The size of the log that the log is proved to begin with.
    from: Option<u64>,
    /// The size of the log that is proved something of; left out, that of the newest checkpoint.
    to: Option<u64>,
}

/// Proves that the log has an entry, or that it begins with what it was before. One of `entry` and `from` says which.
#[utoipa::path(
    get, path = "/v1/audit/proof", params(Proving),
    responses((status = 200, body = AuditProof), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn proof(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Proving { entry, from, to }): Asked<Proving>,
) -> Result<Json<AuditProof>, Refusal> {
    Ok(Json(ops::audit::prove(&app, &actor, entry, from, to).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_request_is_told_by_its_method_and_address() {
        let told = |method: Method, uri: &'static str| {
            let (action, subject) = attempt(&method, &Uri::from_static(uri));
            format!("{action} {subject}")
        };
        assert_eq!(told(Method::GET, "/v1/streams?after=a"), "read streams");
        assert_eq!(told(Method::PUT, "/v1/event-types/card_swiped"), "put event-types/card_swiped");
        assert_eq!(told(Method::POST, "/v1/tokens"), "create tokens");
        assert_eq!(told(Method::POST, "/v1/requests/7/approval"), "approve requests/7");
        assert_eq!(told(Method::POST, "/grants/7/revocation"), "revoke grants/7", "a page's form does the same");
        assert_eq!(told(Method::GET, "/v1/audit/entries"), "read other/audit/entries");
    }
}
