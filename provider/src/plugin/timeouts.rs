//! How long an operation may take, as people write it: `30s`, `5m`, `1h30m`.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use super::field::{Field, block};
use super::schema::{Attribute, Check};
use super::value::Value;

block! {
    /// The `timeouts` of a resource.
    pub struct Timeouts {
        pub create: Field<String>,
        pub update: Field<String>,
        pub delete: Field<String>,
    }
}

/// A limit that is running out.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// How long it was at first.
    pub limit: Duration,
    pub end: Instant,
}

impl Deadline {
    /// A deadline that runs from now on.
    pub fn after(limit: Duration) -> Self {
        Self { limit, end: Instant::now() + limit }
    }

    /// What is left of it.
    pub fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// The attribute `timeouts`.
pub fn attribute(description: &'static str) -> Attribute {
    let each = |name, description| Attribute::text(name, description).checked(CHECK);
    let attributes = vec![
        each("create", "How long to wait for a new one, such as `10m`."),
        each("update", "How long to wait for a change, such as `1h30m`."),
        each("delete", "How long to wait for its end, such as `90s`."),
    ];
    Attribute::object("timeouts", attributes, description)
}

const CHECK: Check = |value| match value {
    Value::Text(text) => parse(text).map(drop),
    _ => Ok(()),
};

/// The time that `text` gives, or `otherwise`. What does not parse was refused before.
pub fn or(text: Option<&Field<String>>, otherwise: Duration) -> Duration {
    text.and_then(Field::known).and_then(|text| parse(text).ok()).unwrap_or(otherwise)
}

fn parse(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    match parsed {
        Some(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(format!("`{text}` is not a length of time; write for example 30s, 5m or 1h30m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_write_them() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(or(None, Duration::from_secs(1)), Duration::from_secs(1));
        assert_eq!(or(Some(&"2m".into()), Duration::from_secs(1)), Duration::from_secs(120));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "5", "soon", "-5m", "0s"] {
            assert_eq!(
                parse(text),
                Err(format!("`{text}` is not a length of time; write for example 30s, 5m or 1h30m"))
            );
        }
    }
}
