//! `/login` and `/logout`

use askama::Template;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use fanner_model::Secret;
use serde::Deserialize;

use super::again::{Form, Refused};
use super::cookie::Jar;
use super::form::Filled;
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Refusal, RequestId, Source};
use crate::ops;

/// Where somebody wanted to go who has to log in first.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Aim {
    #[serde(default)]
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Attempt {
    token: Secret,
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    to: String,
    /// The issuers at which people log in.
    issuers: Vec<String>,
    /// What was sent just now and refused. Its token is not shown.
    refused: Option<Refused>,
}

#[derive(Template)]
#[template(path = "onward.html")]
pub(super) struct OnwardPage {
    pub(super) to: String,
}

/// Asks for a token.
pub(super) async fn ask(
    State(app): State<App>,
    Query(Aim { to }): Query<Aim>,
    refused: Option<Extension<Refused>>,
) -> Shown<impl Template> {
    let refused = refused.map(|Extension(refused)| refused);
    let to = Form::new("login", refused.as_ref()).field("to").value_or(&to).to_owned();
    Shown(LoginPage { to: aim(&to).to_owned(), issuers: ops::login::entrances(&app), refused })
}

/// Exchanges a token for a login, and goes where its holder wanted to go.
pub(super) async fn begin(
    State(app): State<App>,
    Source(source): Source,
    jar: Jar,
    request: Option<Extension<RequestId>>,
    Filled(Attempt { token, to }): Filled<Attempt>,
) -> Result<Response, Refusal> {
    let request = request.map(|Extension(RequestId(id))| id);
    let secret = ops::login::begin(&app, source, request, &token).await?;
    Ok(([(SET_COOKIE, jar.keep(&secret))], Redirect::to(aim(&to))).into_response())
}

/// Ends the visitor's login.
pub(super) async fn end(
    State(app): State<App>,
    Extension(Visit { actor, .. }): Extension<Visit>,
    jar: Jar,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(secret) = jar.secret(&headers) {
        ops::login::end(&app, &actor, &secret).await?;
    }
    Ok(([(SET_COOKIE, jar.forget())], Redirect::to("/login")).into_response())
}

/// What somebody is shown who is not logged in: where to do so. Whoever follows a link from another site may well be, only
/// that the browser keeps the cookie to itself; so it is asked again, by us.
pub(super) fn first(request: &Request, spent: Option<Jar>) -> Response {
    let to = match *request.method() {
        Method::GET => request.uri().path_and_query().map_or("/", |address| address.as_str()),
        _ => "/",
    };
    let comes_from_elsewhere = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if comes_from_elsewhere && request.method() == Method::GET && spent.is_none() {
        return Shown(OnwardPage { to: to.to_owned() }).into_response();
    }
    let query = serde_urlencoded::to_string([("to", to)]).expect("an address is a text");
    let redirect = Redirect::to(&format!("/login?{query}"));
    match spent {
        Some(jar) => ([(SET_COOKIE, jar.forget())], redirect).into_response(),
        None => redirect.into_response(),
    }
}

/// An address of ours, whoever wrote it.
pub(super) fn aim(to: &str) -> &str {
    let is_ours =
        to.starts_with('/') && !to.starts_with("//") && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_page = to.parse::<Uri>().is_ok_and(|uri| uri.host().is_none() && !uri.path().starts_with("/login"));
    if is_ours && is_page { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for ours in ["/", "/requests/1", "/streams?after=a"] {
            assert_eq!(aim(ours), ours);
        }
        for foreign in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "evil",
            "/login?to=/login",
        ] {
            assert_eq!(aim(foreign), "/", "{foreign}");
        }
    }
}
