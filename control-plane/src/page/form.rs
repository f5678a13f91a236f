//! What a form sent. It is heard only if it was ours: sent from our own page, and with the seal of this very login.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fanner_model::{Code, Problem};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::visit::Visit;
use crate::http::Refusal;

/// The largest form that is read, in bytes: a whole set of policies fits.
const LARGEST: usize = 1024 * 1024;

/// The field that carries the seal.
const SEAL: &str = "seal";

/// The fields of a form with what is in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// What was sent, in a form or in an address.
    pub(super) fn of(parts: &Parts) -> Self {
        let in_address = || serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).unwrap_or_default();
        parts.extensions.get().cloned().unwrap_or_else(|| Self(in_address()))
    }

    /// What is in a field.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The type that describes the form. A field that was left blank is one that was left out.
    fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        let filled = self.0.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let object: Value = filled.map(|(name, value)| (name, Value::String(value))).collect();
        serde_path_to_error::deserialize(object).map_err(|error| misread(&error))
    }
}

fn misread(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let (text, path) = (error.inner().to_string(), error.path().to_string());
    match text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => Problem::new(Code::InvalidField, format!("`{field}` was left blank; fill it in")).at(field),
        None => Problem::new(Code::InvalidField, text).at(path),
    }
}

/// Lets a form through if it is ours. What is only read needs no form.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    match checked(request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => Refusal::from(problem).into_response(),
    }
}

async fn checked(request: Request) -> Result<Request, Problem> {
    if !is_from_here(request.headers(), request.uri()) {
        return Err(foreign("it was sent from another site"));
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
        return Err(Problem::new(Code::InvalidRequest, "a page takes what a form sends; programs use `/v1`"));
    }
    let (mut parts, body) = request.into_parts();
    let bytes = to_bytes(body, LARGEST)
        .await
        .map_err(|_| Problem::new(Code::TooLarge, "the form is larger than 1 MiB, or did not arrive as a whole"))?;
    let mut fields = serde_urlencoded::from_bytes(&bytes)
        .map(Fields)
        .map_err(|cause| Problem::new(Code::InvalidRequest, format!("the form cannot be read: {cause}")))?;
    if let Some(visit) = parts.extensions.get::<Visit>()
        && !fields.value(SEAL).is_some_and(|seal| visit.has_sealed(seal))
    {
        return Err(foreign("it is not a form of this login"));
    }
    fields.0.retain(|(name, _)| name != SEAL);
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether a page of ours sent the form. Browsers say so themselves; one that says nothing is not believed.
fn is_from_here(headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let host =
        headers.get(HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.authority().map(|host| host.as_str()));
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, origin)| host == Some(origin))
}

fn foreign(why: &str) -> Problem {
    Problem::new(Code::Forbidden, format!("this form is not accepted, since {why}; open the page again and repeat it"))
}

/// A form, as the type that describes it.
pub(super) struct Filled<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Filled<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Ok(Self(Fields::of(parts).read()?))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use fanner_model::Reason;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_form_names_the_field() {
        let sent = |reason: &str| Fields(vec![("reason".into(), reason.into())]).read::<Reason>();
        assert_eq!(sent("a leak").unwrap().reason, "a leak");
        let refused = |reason: &str| sent(reason).map_err(|problem| (problem.field, problem.detail)).unwrap_err();
        let left_blank = "`reason` was left blank; fill it in".to_owned();
        assert_eq!(refused(" "), (Some("reason".to_owned()), left_blank));
        let too_long = "a reason of 1001 characters is too long; use at most 1000".to_owned();
        assert_eq!(refused(&"x".repeat(1_001)), (Some("reason".to_owned()), too_long));
    }

    #[test]
    fn a_form_says_where_it_comes_from_or_is_not_heard() {
        assert!(is_from(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(is_from(&[("origin", "https://fanner.example.com")]));
        for foreign in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://fanner.example.com")],
            &[("origin", "null")],
            &[("origin", "https://fanner.example.com.evil.example")],
            &[("origin", "https://fanner.example.com:8443")],
        ] {
            assert!(!is_from(foreign), "{foreign:?}");
        }
    }

    fn is_from(headers: &[(&'static str, &'static str)]) -> bool {
        let mut all: HeaderMap = [(HOST, HeaderValue::from_static("fanner.example.com"))].into_iter().collect();
        for (name, value) in headers {
            all.insert(*name, HeaderValue::from_static(value));
        }
        is_from_here(&all, &Uri::from_static("/login"))
    }
}
