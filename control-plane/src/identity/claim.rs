//! What a token says about its holder.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The claims of a token.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Claims(Map<String, Value>);

/// A value that a claim must have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a text, a whole number, `true` or `false`")]
pub(crate) enum Wanted {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Claims {
    /// Whether a claim has exactly this value. A list that contains it does not count.
    pub(super) fn has(&self, name: &str, wanted: &Wanted) -> bool {
        match (self.0.get(name), wanted) {
            (Some(Value::String(found)), Wanted::Text(wanted)) => found == wanted,
            (Some(Value::Number(found)), Wanted::Number(wanted)) => found.as_i64() == Some(*wanted),
            (Some(Value::Bool(found)), Wanted::Flag(wanted)) => found == wanted,
            _ => false,
        }
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a time, in whole seconds since 1970.
    pub(super) fn seconds(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// Whether `aud`, which is a text or a list, names this audience.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        match self.0.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        }
    }

    /// Whether there is such a claim.
    pub(super) fn names(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}
