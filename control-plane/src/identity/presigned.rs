//! A presigned URL of `sts:GetCallerIdentity`: whoever holds AWS credentials can make one, and AWS tells from it who that
//! was. The rules are those of aws-iam-authenticator: we ask AWS nothing but this one question. Pure.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use sha2::{Digest, Sha256};

use super::aws::Aws;
use super::hex;
use super::rejection::Rejection;

/// The header whose signed value says which fanner the URL was made for.
pub(super) const SERVER_ID: &str = "x-fanner-server-id";

/// The longest text that is looked at.
const LONGEST_BYTES: usize = 4 * 1024;

/// How long such a URL is accepted after it was made.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);

/// How far the caller's clock may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// All that such a URL asks, and all that it may.
const PARAMETERS: [&str; 9] = [
    "Action",
    "Version",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// A URL that asks AWS who signed it, and nothing else.
#[derive(Debug)]
pub(super) struct Presigned {
    pub url: Url,
    /// The same for every copy of it, and for no other.
    pub id: String,
    /// When it is no longer good.
    pub until: Timestamp,
}

impl Presigned {
    /// Reads such a URL, in base64 of either alphabet.
    ///
    /// # Errors
    /// It is no such URL, or is not good at `now`.
    pub(super) fn read(text: &str, aws: &Aws, now: Timestamp) -> Result<Self, Rejection> {
        let url = decoded(text).map_err(Rejection::Unreadable)?;
        checked_place(&url, aws).map_err(Rejection::Unreadable)?;
        let parameters = parameters(&url).map_err(Rejection::Unreadable)?;
        checked_question(&parameters).map_err(Rejection::Unreadable)?;
        let until = until(&parameters, now).map_err(Rejection::Unreadable)?;
        let signature = parameters.get("X-Amz-Signature").map(String::as_str).unwrap_or_default();
        if signature.len() != 64 || !signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Rejection::Unreadable("the URL's `X-Amz-Signature` is not 64 hexadecimal digits".into()));
        }
        Ok(Self { id: hex(&Sha256::digest(format!("aws\0{signature}"))), url, until })
    }
}

fn decoded(text: &str) -> Result<Url, String> {
    if LONGEST_BYTES < text.len() {
        return Err(format!("the text is {} bytes long; none is longer than {LONGEST_BYTES}", text.len()));
    }
    let text = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| "the text is not base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "the text is no URL in base64")?;
    Url::parse(&text).map_err(|cause| format!("the text is no URL in base64: {cause}"))
}

/// Checks that the URL leads to a service that we ask, and to nothing else there.
fn checked_place(url: &Url, aws: &Aws) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "https" || url.port().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("the URL must begin with `https://` and the host's name alone".into());
    }
    if !aws.hosts.contains(host) {
        return Err(format!(
            "`{host}` is not a host that this control plane asks; use the STS endpoint of a region that it does"
        ));
    }
    match url.path() == "/" && url.fragment().is_none() {
        true => Ok(()),
        false => Err("the URL must have the path `/` and end with its parameters".into()),
    }
}

/// The parameters, each of which there is once.
fn parameters(url: &Url) -> Result<BTreeMap<String, String>, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        if !PARAMETERS.contains(&name.as_ref()) {
            return Err(format!("the URL has the parameter `{}`, which it may not", name.escape_debug()));
        }
        if parameters.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(format!("the URL has the parameter `{name}` twice"));
        }
    }
    Ok(parameters)
}

fn checked_question(parameters: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, only) in
        [("Action", "GetCallerIdentity"), ("Version", "2011-06-15"), ("X-Amz-Algorithm", "AWS4-HMAC-SHA256")]
    {
        if parameters.get(name).is_none_or(|value| value != only) {
            return Err(format!("the URL's `{name}` must be `{only}`"));
        }
    }
    let signed = parameters.get("X-Amz-SignedHeaders").map(String::as_str).unwrap_or_default();
    match ["host", SERVER_ID].iter().all(|header| signed.split(';').any(|signed| signed == *header)) {
        true => Ok(()),
        false => Err(format!(
            "the URL must sign the headers `host` and `{SERVER_ID}`, the second of which names this fanner"
        )),
    }
}

/// When the URL is no longer good.
fn until(parameters: &BTreeMap<String, String>, now: Timestamp) -> Result<Timestamp, String> {
    let of = |name| parameters.get(name).map(String::as_str).unwrap_or_default();
    let seconds = of("X-Amz-Expires").parse().ok().filter(|seconds| (1..=LONGEST.as_secs()).contains(seconds));
    let seconds =
        seconds.ok_or_else(|| format!("the URL's `X-Amz-Expires` must be 1 to {} seconds", LONGEST.as_secs()))?;
    let made = DateTime::strptime("%Y%m%dT%H%M%SZ", of("X-Amz-Date")).and_then(|date| TimeZone::UTC.to_timestamp(date));
    let made = made.map_err(|_| "the URL's `X-Amz-Date` must be like `20260102T030405Z`")?;
    let until = made.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    if until <= now {
        return Err(format!("the URL was good until `{until}`; sign a new one"));
    }
    match now.saturating_add(SKEW).is_ok_and(|soon| soon < made) {
        true => Err(format!("the URL is not good before `{made}`; one of the clocks is wrong")),
        false => Ok(until),
    }
}
