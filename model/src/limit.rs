//! How much one thing may hold, checked while it is read: what is asked for is small, whoever asks.

use std::collections::BTreeSet;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::{Delivery, EventName, FieldPath, RoleArn};

/// The most events that one subscription may ask for, or one report may name.
const EVENTS: usize = 1_000;

/// The most deliveries that one report may tell.
const DELIVERIES: usize = 1_000;

/// The most fields of a payload that one list may name.
const FIELDS: usize = 100;

/// The most roles that one reader role may trust: IAM allows 2,048 characters for a trust policy.
const TRUSTED: usize = 20;

/// The longest description, in characters.
const DESCRIPTION: usize = 1_000;

pub(crate) fn events<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<EventName>, D::Error> {
    let events = BTreeSet::<EventName>::deserialize(from)?;
    match events.len() {
        count if EVENTS < count => Err(D::Error::custom(format!("{count} events are too many; name at most {EVENTS}"))),
        _ => Ok(events),
    }
}

pub(crate) fn deliveries<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Delivery>, D::Error> {
    let deliveries = Vec::<Delivery>::deserialize(from)?;
    match deliveries.len() {
        count if DELIVERIES < count => {
            Err(D::Error::custom(format!("{count} deliveries are too many; tell at most {DELIVERIES}")))
        }
        _ => Ok(deliveries),
    }
}

/// Fields of a payload.
///
/// # Errors
/// One is none, or there are too many.
pub fn fields<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<FieldPath>, D::Error> {
    let fields = BTreeSet::<FieldPath>::deserialize(from)?;
    match fields.len() {
        count if FIELDS < count => Err(D::Error::custom(format!("{count} fields are too many; name at most {FIELDS}"))),
        _ => Ok(fields),
    }
}

pub(crate) fn trusted<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<RoleArn>, D::Error> {
    let trusted = BTreeSet::<RoleArn>::deserialize(from)?;
    trusting(trusted.len()).map_err(D::Error::custom)?;
    Ok(trusted)
}

/// Whether a reader role may trust so many roles.
///
/// # Errors
/// They are none, or too many.
pub fn trusting(count: usize) -> Result<(), String> {
    match count {
        0 => Err("nobody is trusted; name at least one role that may assume the reader role".to_owned()),
        _ if TRUSTED < count => Err(format!("{count} trusted roles are too many; IAM has room for {TRUSTED}")),
        _ => Ok(()),
    }
}

pub(crate) fn description<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    match text.as_ref().map_or(0, |text| text.chars().count()) {
        count if DESCRIPTION < count => {
            Err(D::Error::custom(format!("a description of {count} characters is too long; use at most {DESCRIPTION}")))
        }
        _ => Ok(text),
    }
}

/// A text that says why, in words for those concerned: not blank, and not a book.
///
/// # Errors
/// It is blank or too long.
pub fn reason<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    match text.chars().count() {
        _ if text.trim().is_empty() => Err(D::Error::custom("a reason is needed: those concerned will read it")),
        count if DESCRIPTION < count => {
            Err(D::Error::custom(format!("a reason of {count} characters is too long; use at most {DESCRIPTION}")))
        }
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use crate::StreamSpec;

    #[test]
    fn too_many_events_are_refused() {
        let events: Vec<_> = (0..1_001).map(|n| format!("event_{n}")).collect();
        let spec = |events: &[String]| serde_json::from_value::<StreamSpec>(serde_json::json!({ "events": events }));
        assert!(spec(&events[1..]).is_ok());
        assert_eq!(spec(&events).unwrap_err().to_string(), "1001 events are too many; name at most 1000");
    }

    #[test]
    fn a_description_that_is_a_book_is_refused() {
        let spec =
            |length| serde_json::from_value::<StreamSpec>(serde_json::json!({ "description": "x".repeat(length) }));
        assert!(spec(1_000).is_ok());
        let refused = spec(1_001).unwrap_err().to_string();
        assert_eq!(refused, "a description of 1001 characters is too long; use at most 1000");
    }
}
