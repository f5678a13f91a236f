//! The keys of one issuer, kept: an issuer that is away for hours stops nobody whose key is known, and nobody can make us
//! ask it more than once a minute.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use reqwest::Url;
use tracing::{info, warn};

use super::fetch::fetch;
use super::jwks::{self, Key};
use super::rejection::Rejection;

/// How long keys are taken for the newest.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// How long they are good though the issuer cannot be asked for newer ones, among which one may be missing.
const GOOD: SignedDuration = SignedDuration::from_hours(24);

/// How long an issuer is left alone once it was asked.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// The largest set of keys that is read.
const LARGEST_BYTES: usize = 256 * 1024;

/// An issuer's keys.
#[derive(Debug)]
pub(super) struct Keys {
    url: Url,
    http: reqwest::Client,
    known: Mutex<Known>,
    /// Whoever holds it asks the issuer.
    asking: tokio::sync::Mutex<()>,
}

impl Keys {
    pub(super) fn new(url: Url, http: reqwest::Client) -> Self {
        Self { url, http, known: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// The key of this id.
    ///
    /// # Errors
    /// The issuer has none, or cannot be asked and did not have it before.
    pub(super) async fn key(&self, id: &str, now: Timestamp) -> Result<Arc<Key>, Rejection> {
        let first = self.known.lock().find(id, now);
        match first {
            Found::Fresh(key) => Ok(key),
            // One caller asks for newer keys, the others go on with those that are there.
            Found::Old(key) => match self.asking.try_lock() {
                Ok(_asking) => self.newer(id, now).await,
                Err(_) => Ok(key),
            },
            Found::Missing => {
                let _asking = self.asking.lock().await;
                self.newer(id, now).await
            }
        }
    }

    async fn newer(&self, id: &str, now: Timestamp) -> Result<Arc<Key>, Rejection> {
        if self.known.lock().may_ask(now) {
            let answer = fetch(self.http.get(self.url.clone()), LARGEST_BYTES).await;
            let keys = answer.map_err(|cause| cause.to_string()).and_then(|answer| {
                jwks::read(&answer).map_err(|cause| format!("the answer is no set of keys: {cause}"))
            });
            match &keys {
                Ok(keys) => info!(url = %self.url, keys = keys.len(), "an issuer's keys were read"),
                Err(cause) => {
                    warn!(url = %self.url, cause, "an issuer's keys could not be read; those that are known stay")
                }
            }
            self.known.lock().asked(keys.ok(), now);
        }
        self.known.lock().newest(id, now)
    }
}

/// What is known of an issuer's keys. Pure.
#[derive(Debug, Default)]
struct Known {
    keys: HashMap<String, Arc<Key>>,
    read_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

enum Found {
    Fresh(Arc<Key>),
    Old(Arc<Key>),
    Missing,
}

impl Known {
    fn find(&self, id: &str, now: Timestamp) -> Found {
        match self.keys.get(id).cloned() {
            Some(key) if within(self.read_at, FRESH, now) => Found::Fresh(key),
            Some(key) if within(self.read_at, GOOD, now) => Found::Old(key),
            Some(_) | None => Found::Missing,
        }
    }

    fn may_ask(&self, now: Timestamp) -> bool {
        !within(self.asked_at, PAUSE, now)
    }

    /// Notes that the issuer was asked, and answered with `keys`.
    fn asked(&mut self, keys: Option<HashMap<String, Key>>, now: Timestamp) {
        self.asked_at = Some(now);
        if let Some(keys) = keys {
            self.keys = keys.into_iter().map(|(id, key)| (id, Arc::new(key))).collect();
            self.read_at = Some(now);
        }
    }

    fn newest(&self, id: &str, now: Timestamp) -> Result<Arc<Key>, Rejection> {
        match self.find(id, now) {
            Found::Fresh(key) | Found::Old(key) => Ok(key),
            Found::Missing if self.read_at == self.asked_at => {
                Err(Rejection::Unproven(format!("its issuer has no key `{}`", id.escape_debug())))
            }
            Found::Missing => {
                Err(Rejection::Undecided("the token's issuer cannot be asked for its keys right now; try again".into()))
            }
        }
    }
}

/// Whether `now` is less than `long` after `then`.
fn within(then: Option<Timestamp>, long: SignedDuration, now: Timestamp) -> bool {
    then.is_some_and(|then| now.duration_since(then) < long)
}
