//! From what a handler gives to what a browser shows: pages, problems as pages, and the headers that keep both safe.

use askama::Template;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use fanner_model::{Code, Problem};
use tracing::error;

use super::visit::Visit;
use crate::http::{Refusal, RequestId};

/// What a browser may do with our pages: show them with our style, and send forms to us. No script runs.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    // With `no-referrer` browsers would send our own forms without an origin.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// A page.
pub(super) struct Shown<T>(pub(super) T);

impl<T: Template> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        let Self(page) = self;
        match page.render() {
            Ok(text) => Html(text).into_response(),
            Err(cause) => {
                error!(error = &cause as &dyn std::error::Error, "a page could not be written");
                Refusal::from(Problem::new(Code::Internal, "the page could not be written")).into_response()
            }
        }
    }
}

/// Puts the headers on an answer; a problem becomes a page for whoever asks for one.
pub(super) async fn dress(request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.headers());
    let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if wants_page
        && !is_page
        && let Some(problem) = response.extensions_mut().remove::<Problem>()
    {
        let visit = response.extensions().get::<Visit>().cloned();
        response = problem_page(ProblemPage { back: back(&path).to_owned(), problem, visit, id }, response);
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// A problem, in the same words as the API's.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    visit: Option<Visit>,
    problem: Problem,
    /// The request's name, for whoever looks for it in the log.
    id: String,
    back: String,
}

fn problem_page(page: ProblemPage, response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    let (html, body) = Shown(page).into_response().into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    if let Some(kind) = html.headers.get(CONTENT_TYPE) {
        parts.headers.insert(CONTENT_TYPE, kind.clone());
    }
    Response::from_parts(parts, body)
}

/// The page that a form was on: its address is the form's without what the form does.
fn back(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((page, _)) => page,
    }
}

/// Whether somebody looks at the answer.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split([',', ';'])).any(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
}
