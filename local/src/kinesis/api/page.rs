//! Page tokens: where a listing goes on. Opaque, and good for five minutes.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::token;

const LIFETIME: Duration = Duration::from_secs(5 * 60);

#[derive(Serialize, Deserialize)]
struct Page<T> {
    issued_at: Millis,
    rest: T,
}

/// A token for what is left of a listing.
pub(super) fn sealed<T: Serialize>(rest: T, now: Millis) -> Result<String, Error> {
    super::output(Page { issued_at: now, rest }).map(|json| token::seal(&json))
}

/// What is left of a listing. Errors: `InvalidArgument` for a token of another listing, `ExpiredNextToken` for an old one.
pub(super) fn open<T: DeserializeOwned>(text: &str, now: Millis) -> Result<T, Error> {
    let page = token::open(text).and_then(|json| serde_json::from_slice::<Page<T>>(&json).ok());
    let page = page.ok_or_else(|| Error::invalid("NextToken was not given out by this operation"))?;
    if now.since(page.issued_at) > LIFETIME {
        return Err(Error::expired_token("NextToken expired: it may be used for 300 seconds"));
    }
    Ok(page.rest)
}
