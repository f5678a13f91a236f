//! Asking AWS who signed a URL.

use reqwest::header::{ACCEPT, HOST};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use super::aws::{Aws, Identity};
use super::fetch::{FetchError, fetch};
use super::presigned::{Presigned, SERVER_ID};
use super::rejection::Rejection;

/// The largest answer that is read.
const LARGEST_BYTES: usize = 64 * 1024;

/// Who signed the URL, for this fanner.
///
/// # Errors
/// AWS does not believe it, or cannot be asked.
pub(super) async fn ask(http: &Client, aws: &Aws, presigned: &Presigned) -> Result<Identity, Rejection> {
    let host = presigned.url.host_str().unwrap_or_default();
    let request = http.get(reached(&presigned.url, aws.endpoint.as_ref())).header(HOST, host);
    let request = request.header(SERVER_ID, &aws.server_id).header(ACCEPT, "application/json");
    match fetch(request, LARGEST_BYTES).await {
        Ok(answer) => read(&answer),
        Err(FetchError::Status(status)) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
            Err(Rejection::Unproven(format!("AWS refused the URL with the status {status}")))
        }
        Err(cause) => Err(undecided(&cause.to_string())),
    }
}

/// Where the URL leads, by way of `endpoint`.
fn reached(url: &Url, endpoint: Option<&Url>) -> Url {
    let Some(endpoint) = endpoint else { return url.clone() };
    let mut reached = endpoint.clone();
    reached.set_path(url.path());
    reached.set_query(url.query());
    reached
}

fn read(answer: &[u8]) -> Result<Identity, Rejection> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        get_caller_identity_response: Response,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Response {
        get_caller_identity_result: Identity,
    }
    let answer: Answer = serde_json::from_slice(answer).map_err(|cause| undecided(&cause.to_string()))?;
    Ok(answer.get_caller_identity_response.get_caller_identity_result)
}

fn undecided(cause: &str) -> Rejection {
    tracing::warn!(cause, "AWS could not be asked who is calling");
    Rejection::Undecided("AWS cannot be asked who is calling right now; try again".into())
}
