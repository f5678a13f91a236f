//! `/login/{name}`: logging in at an issuer, there and back.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use fanner_model::{Code, Problem};
use serde::Deserialize;

use super::cookie::Jar;
use super::login::{Aim, OnwardPage, aim};
use super::shown::Shown;
use crate::app::App;
use crate::http::{Refusal, RequestId, Source};
use crate::ops;
use crate::ops::login::Arrival;

/// Sends somebody to the issuer.
pub(super) async fn depart(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(Aim { to }): Query<Aim>,
    jar: Jar,
) -> Result<Response, Refusal> {
    let (url, secret) = ops::login::depart(&app, &name)?;
    Ok(([(SET_COOKIE, jar.depart(&secret, aim(&to)))], Redirect::to(url.as_str())).into_response())
}

/// What an issuer says with somebody who comes back.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Lets in who comes back. The browser comes from another site and would keep the new cookie to itself if it were sent on
/// at once; so a page of ours sends it.
pub(super) async fn arrive(
    State(app): State<App>,
    Source(source): Source,
    Path(name): Path<String>,
    Query(answer): Query<Answer>,
    request: Option<Extension<RequestId>>,
    jar: Jar,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let request = request.map(|Extension(RequestId(id))| id);
    let unknown = |words: String| Problem::new(Code::Unauthenticated, words);
    let (Some(code), Some(state)) = (answer.code, answer.state) else {
        let why = answer.error.unwrap_or_else(|| "no code".to_owned());
        return Err(unknown(format!("the issuer did not let you in: `{why}`; begin again at `/login`")).into());
    };
    let (secret, to) = jar.journey(&headers).ok_or_else(|| {
        unknown(
            "your browser does not know of this login, or it took longer than ten minutes; begin again at `/login`"
                .into(),
        )
    })?;
    let arrival = Arrival { issuer: &name, secret: &secret, code: &code, state: &state };
    let login = ops::login::arrive(&app, source, request, &arrival).await?;
    let cookies = AppendHeaders([(SET_COOKIE, jar.keep(&login)), (SET_COOKIE, jar.arrive())]);
    Ok((cookies, Shown(OnwardPage { to: aim(&to).to_owned() })).into_response())
}
