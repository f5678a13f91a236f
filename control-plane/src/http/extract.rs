//! From a request to types that need no further checking. What cannot be read is refused in the caller's words.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use fanner_model::{Code, Problem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::problem::Refusal;
use crate::ops::{Guard, Part, Precondition};

/// The thing that an address names.
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr<Err: Display>> FromRequestParts<S> for Named<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::new(Code::InvalidRequest, rejection.body_text()))?;
        match text.parse() {
            Ok(name) => Ok(Self(name)),
            Err(error) => Err(Problem::new(Code::InvalidRequest, format!("{error}")).into()),
        }
    }
}

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            let detail = "the body must be JSON; send it with `Content-Type: application/json`";
            return Err(Problem::new(Code::UnsupportedMediaType, detail).into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::new(Code::TooLarge, "the body is larger than 1 MiB, which no real one is")
            }
            _ => Problem::new(Code::InvalidBody, rejection.body_text()),
        })?;
        Ok(Self(read(&bytes)?))
    }
}

/// The query that a type describes.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => {
                let text = rejection.body_text();
                let cause = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                Err(Problem::new(Code::InvalidRequest, format!("the query cannot be read: {cause}")).into())
            }
        }
    }
}

/// What must be true for a write to happen.
pub(super) struct Guarded(pub(super) Guard);

impl<S: Send + Sync> FromRequestParts<S> for Guarded {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let key = header(&parts.headers, &HeaderName::from_static("idempotency-key"))?.map(str::to_owned);
        if key.as_ref().is_some_and(|key| key.is_empty() || 128 < key.len()) {
            return Err(invalid("`Idempotency-Key` must have 1 to 128 characters"));
        }
        let precondition = match (header(&parts.headers, &IF_MATCH)?, header(&parts.headers, &IF_NONE_MATCH)?) {
            (None, None) => Precondition::None,
            (None, Some("*")) => Precondition::Absent,
            (None, Some(other)) => {
                return Err(invalid(&format!("`If-None-Match: {other}` is not possible here; only `*` is")));
            }
            (Some(tag), None) => Precondition::Generation(generation(tag)?),
            (Some(_), Some(_)) => return Err(invalid("`If-Match` and `If-None-Match` exclude each other; send one")),
        };
        Ok(Self(Guard { precondition, key }))
    }
}

/// A thing with its generation, which becomes its ETag.
pub(super) struct Tagged<T>(pub(super) u64, pub(super) T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let Self(generation, thing) = self;
        ([(ETAG, format!("\"{generation}\""))], Json(thing)).into_response()
    }
}

/// How a list is paged.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// The key after which the page begins.
    after: Option<String>,
    /// The most items that the page may have, 1 to 500; left out, 100.
    limit: Option<u32>,
}

impl Paging {
    pub(crate) fn part(self) -> Result<Part, Refusal> {
        part(self.after, self.limit)
    }
}

/// The part of a list that begins after `after`.
pub(crate) fn part(after: Option<String>, limit: Option<u32>) -> Result<Part, Refusal> {
    match limit.unwrap_or(100) {
        limit @ 1..=500 => Ok(Part { after: after.unwrap_or_default(), limit }),
        limit => Err(invalid(&format!("`limit` {limit} is not possible; a page has 1 to 500 items"))),
    }
}

/// A wait in whole seconds, cut to what one request may take.
pub(super) fn wait(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(60))
}

/// Reads a body; an error names the field that is wrong.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        misread(error.inner(), Some(path).filter(|path| path != "."))
    })?;
    json.end().map_err(|error| misread(&error, None))?;
    Ok(body)
}

fn misread(error: &serde_json::Error, field: Option<String>) -> Problem {
    let text = error.to_string();
    if !error.is_data() {
        return Problem::new(Code::InvalidBody, format!("the body is not JSON: {text}"));
    }
    let place = format!(" at line {} column {}", error.line(), error.column());
    let problem = Problem::new(Code::InvalidField, text.strip_suffix(&place).unwrap_or(&text));
    match field {
        Some(field) => problem.at(field),
        None => problem,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| invalid(&format!("header `{name}` has characters that cannot be read")))
}

fn generation(tag: &str) -> Result<u64, Refusal> {
    let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| {
        invalid(&format!("`If-Match: {tag}` is not an ETag of ours; send one that was answered, such as `\"3\"`"))
    })
}

fn invalid(detail: &str) -> Refusal {
    Problem::new(Code::InvalidRequest, detail).into()
}

#[cfg(test)]
mod tests {
    use fanner_model::StreamSpec;

    use super::*;

    #[test]
    fn a_body_that_cannot_be_read_names_the_field_and_what_would_be_right() {
        insta::assert_snapshot!(misread_spec(r#"{"retention_hours": 12}"#), @"invalid_field at retention_hours: 12 hours of retention are not possible; Kinesis keeps records 24 to 8760 hours");
        insta::assert_snapshot!(misread_spec(r#"{"events": ["ok", "No"]}"#), @"invalid_field at events[1]: event name `No` contains `N`; use only a-z, 0-9, `_`, `.` and `-`");
        insta::assert_snapshot!(misread_spec(r#"{"shard_count": "two"}"#), @r#"invalid_field at shard_count: invalid type: string "two", expected i64"#);
        insta::assert_snapshot!(misread_spec(r#"{"tags": {"aws:x": "y"}}"#), @"invalid_field at tags: tag key `aws:x` starts with `aws:`, which is reserved; choose another key");
        assert!(
            misread_spec(r#"{"shards": 2}"#)
                .starts_with("invalid_field at shards: unknown field `shards`, expected one of `team`")
        );
    }

    #[test]
    fn a_body_that_is_not_json_says_where() {
        insta::assert_snapshot!(misread_spec("{"), @"invalid_body at : the body is not JSON: EOF while parsing an object at line 1 column 1");
        insta::assert_snapshot!(misread_spec("{} {}"), @"invalid_body at : the body is not JSON: trailing characters at line 1 column 4");
    }

    fn misread_spec(body: &str) -> String {
        let problem = read::<StreamSpec>(body.as_bytes()).unwrap_err();
        format!("{} at {}: {}", problem.code, problem.field.unwrap_or_default(), problem.detail)
    }
}
