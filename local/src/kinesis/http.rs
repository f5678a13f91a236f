//! One request: from HTTP to the operation it names and back, through the faults that are set.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use fanner_server::RequestBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use thiserror::Error;
use uuid::Uuid;

use super::account::Account;
use super::api::{self, Call};
use super::error::Error;
use super::faults::{Effects, FaultPlan, Faults, Outcome};

/// Ten MiB of records in base64, with their keys in JSON, need less.
const MOST_BODY_BYTES: usize = 32 << 20;

const TARGET_PREFIX: &str = "Kinesis_20131202.";
const FAULTS_PATH: &str = "/_local/faults";

type Answer = Response<Full<Bytes>>;

/// The connection is to break without an answer.
#[derive(Debug, Error)]
#[error("a fault dropped the connection")]
pub(crate) struct Dropped;

/// Answers one request.
pub(crate) async fn answer(
    account: Arc<Account>,
    faults: Arc<Faults>,
    request: Request<RequestBody>,
) -> Result<Answer, Dropped> {
    if request.uri().path() == FAULTS_PATH {
        return Ok(answer_faults(&faults, request).await);
    }
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(operation) = target.strip_prefix(TARGET_PREFIX).map(str::to_owned) else {
        let unknown = format!("header `x-amz-target` is `{target}`; it must be `{TARGET_PREFIX}` and an operation");
        return Ok(refusal(&Error::unknown_operation(unknown)));
    };
    let body = match body_of(request).await {
        Ok(body) => body,
        Err(error) => return Ok(refusal(&error)),
    };
    let effects = faults.strike(&operation, || api::stream_named_in(&body));
    perform(&account, &operation, &body, effects).await
}

async fn perform(account: &Account, operation: &str, body: &[u8], effects: Effects) -> Result<Answer, Dropped> {
    if !effects.latency.is_zero() {
        tokio::time::sleep(effects.latency).await;
    }
    let run = || {
        let call = &mut Call { account, now: account.clock().now(), casualties: effects.casualties };
        api::answer(operation, body, call)
    };
    let failure = || Error::internal("Internal service failure.");
    match effects.outcome {
        None => Ok(run().map_or_else(|error| refusal(&error), success)),
        Some(Outcome::Throttle) => Ok(refusal(&throttled(operation))),
        Some(Outcome::AccessDenied) => Ok(refusal(&denied(operation))),
        Some(Outcome::ErrorBefore) => Ok(refusal(&failure())),
        // A caller who is told nothing, or that it failed, cannot know that it was done: that is the fault.
        Some(Outcome::ErrorAfter) => Ok(run().map_or_else(|error| refusal(&error), |_| refusal(&failure()))),
        Some(Outcome::DropAfter) => run().map_or_else(|error| Ok(refusal(&error)), |_| Err(Dropped)),
        Some(Outcome::Hang) => match std::future::pending::<Infallible>().await {},
    }
}

fn throttled(operation: &str) -> Error {
    match operation {
        "PutRecord" | "PutRecords" | "GetRecords" | "GetShardIterator" => Error::throughput_exceeded("Rate exceeded"),
        _ => Error::limit_exceeded(format!("Rate exceeded for {operation}")),
    }
}

fn denied(operation: &str) -> Error {
    Error::access_denied(format!(
        "User is not authorized to perform: kinesis:{operation} because no identity-based policy allows the kinesis:{operation} action"
    ))
}

/// `GET` reports the faults, `PUT` replaces them, `DELETE` ends them.
async fn answer_faults(faults: &Faults, request: Request<RequestBody>) -> Answer {
    match *request.method() {
        Method::GET => (),
        Method::DELETE => faults.clear(),
        Method::PUT => {
            let plan = body_of(request).await.and_then(|body| {
                serde_json::from_slice::<FaultPlan>(&body)
                    .map_err(|cause| Error::serialization(format!("these are no faults: {cause}")))
            });
            match plan {
                Ok(plan) => faults.set(plan),
                Err(error) => return refusal(&error),
            }
        }
        _ => return refusal(&Error::unknown_operation("faults take GET, PUT and DELETE")),
    }
    serde_json::to_vec(&faults.report()).map_or_else(|cause| refusal(&Error::internal(cause.to_string())), success)
}

async fn body_of(request: Request<RequestBody>) -> Result<Bytes, Error> {
    let body = Limited::new(request.into_body(), MOST_BODY_BYTES).collect().await;
    body.map(|body| body.to_bytes())
        .map_err(|cause| Error::serialization(format!("the body could not be read: {cause}")))
}

fn success(body: Vec<u8>) -> Answer {
    respond(StatusCode::OK, body.into())
}

fn refusal(error: &Error) -> Answer {
    let status = if error.is_internal() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
    respond(status, error.to_json().into())
}

fn respond(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    let id = HeaderValue::from_str(&Uuid::new_v4().to_string()).expect("a UUID is printable ASCII");
    headers.insert("x-amzn-requestid", id);
    answer
}
