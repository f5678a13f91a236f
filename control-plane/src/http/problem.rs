//! How a failed operation looks from outside: an RFC 9457 document. The only place that knows how errors become answers.

use std::any::Any;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use fanner_model::{Code, Problem};
use tracing::error;

use crate::error::Error;
use crate::store::StoreError;

/// What a handler gives that could not do what it was asked.
#[derive(Debug)]
pub(crate) struct Refusal(Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(problem) => Self(problem),
            Error::Store(StoreError::Unavailable(cause)) => {
                error!(error = &cause as &dyn std::error::Error, "database did not answer");
                Self(Problem::new(Code::Unavailable, "the database does not answer right now; try again"))
            }
            Error::Undecided(cause) => {
                error!(error = &cause as &dyn std::error::Error, "access cannot be decided");
                Self(Problem::new(
                    Code::Unavailable,
                    "access cannot be decided right now, so nothing is allowed; try again",
                ))
            }
            Error::Store(cause @ (StoreError::Corrupt { .. } | StoreError::Dangling(_) | StoreError::Refused(_))) => {
                error!(error = &cause as &dyn std::error::Error, "store failed");
                Self(internal())
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = problem.code;
        let mut response = (status, Json(&problem)).into_response();
        response.extensions_mut().insert(problem);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match code {
            Code::Unauthenticated => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            Code::Unavailable | Code::TooManyWaits => drop(headers.insert(RETRY_AFTER, HeaderValue::from_static("1"))),
            Code::TooManyRequests => drop(headers.insert(RETRY_AFTER, HeaderValue::from_static("3"))),
            _ => {}
        }
        response
    }
}

/// The answer where there is nothing.
pub(crate) async fn no_such_address(uri: Uri) -> Refusal {
    let detail = format!("there is nothing at `{}`; `/openapi.json` lists every address", uri.path());
    Problem::new(Code::NotFound, detail).into()
}

/// The answer where there is something, but not for this method.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Refusal {
    let detail = format!("`{method}` is not possible at `{}`; `/openapi.json` lists what is", uri.path());
    Problem::new(Code::MethodNotAllowed, detail).into()
}

/// The answer to a request that found a defect.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    error!(panic = text.unwrap_or("without words"), "request ended by a defect");
    Refusal(internal()).into_response()
}

fn internal() -> Problem {
    Problem::new(
        Code::Internal,
        "something went wrong inside; the log has the cause under the `x-request-id` of this answer",
    )
}
