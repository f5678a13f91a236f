//! Where a record stands in its shard, and the points between records at which reading can go on.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A record's place in its shard: a decimal number too large for a machine word, compared as a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SequenceNumber(Arc<str>);

/// A point in a shard, with records on both sides of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Before the oldest record that Kinesis still has.
    Start,
    /// Before the first record that arrived at this time or later.
    Since(Timestamp),
    Before(SequenceNumber),
    After(SequenceNumber),
    /// The shard was closed by a split or a merge, and this is behind its last record.
    End,
}

impl Position {
    /// Whether `record` lies before this point.
    pub fn is_past(&self, record: &SequenceNumber) -> bool {
        match self {
            Self::Start | Self::Since(_) => false,
            Self::Before(next) => record < next,
            Self::After(last) => record <= last,
            Self::End => true,
        }
    }

    fn key(&self) -> (u8, Option<Timestamp>, Option<&SequenceNumber>, u8) {
        match self {
            Self::Start => (0, None, None, 0),
            Self::Since(at) => (0, Some(*at), None, 0),
            Self::Before(record) => (1, None, Some(record), 0),
            Self::After(record) => (1, None, Some(record), 1),
            Self::End => (2, None, None, 0),
        }
    }
}

impl Ord for Position {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("the start"),
            Self::Since(at) => write!(f, "since {at}"),
            Self::Before(record) => write!(f, "before {record}"),
            Self::After(record) => write!(f, "after {record}"),
            Self::End => f.write_str("the end"),
        }
    }
}

impl SequenceNumber {
    /// The number as Kinesis writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for SequenceNumber {
    type Err = SequenceNumberError;

    fn from_str(text: &str) -> Result<Self, SequenceNumberError> {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_plain = text == "0" || !text.starts_with('0');
        match is_number && is_plain {
            true => Ok(Self(text.into())),
            false => Err(SequenceNumberError { text: text.into() }),
        }
    }
}

impl TryFrom<String> for SequenceNumber {
    type Error = SequenceNumberError;

    fn try_from(text: String) -> Result<Self, SequenceNumberError> {
        text.parse()
    }
}

impl From<SequenceNumber> for String {
    fn from(number: SequenceNumber) -> String {
        number.0.as_ref().into()
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a sequence number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sequence number `{text}` is not a decimal number without leading zeros")]
pub struct SequenceNumberError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_compare_as_numbers() {
        assert!(record("9") < record("10"));
        assert!(record("49590338271490256608559692538361571095921575989136588898") > record("9"));
        assert!("007".parse::<SequenceNumber>().is_err());
        assert!("".parse::<SequenceNumber>().is_err());
    }

    #[test]
    fn positions_lie_between_records() {
        let in_order = [
            Position::Start,
            Position::Since(Timestamp::UNIX_EPOCH),
            Position::Before(record("9")),
            Position::After(record("9")),
            Position::Before(record("10")),
            Position::End,
        ];
        assert!(in_order.is_sorted());
        let past_nine: Vec<_> = in_order.iter().map(|position| position.is_past(&record("9"))).collect();
        assert_eq!(past_nine, [false, false, false, true, true, true]);
    }

    #[test]
    fn positions_survive_their_json() {
        for position in [Position::Start, Position::Before(record("12")), Position::End] {
            let json = serde_json::to_string(&position).unwrap();
            assert_eq!(serde_json::from_str::<Position>(&json).unwrap(), position);
        }
        assert!(serde_json::from_str::<Position>(r#"{"after":"x"}"#).is_err());
    }

    fn record(text: &str) -> SequenceNumber {
        text.parse().unwrap()
    }
}
