//! Shard ids and sequence numbers. A sequence number says which stream, which shard and which record
//! in it, so it is unique, ordered within a shard and from parent to child, and checks its own origin.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// When a stream was created, in microseconds: tells it from an earlier one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Epoch(pub(crate) u64);

/// A shard's number in its stream, in the order of opening: children come after their parents.
/// Written `shardId-` and twelve digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ShardId(pub(crate) u32);

impl fmt::Display for ShardId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "shardId-{:012}", self.0)
    }
}

impl FromStr for ShardId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix("shardId-").filter(|digits| digits.len() == 12);
        let number = number.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        number
            .and_then(|digits| digits.parse().ok())
            .map(ShardId)
            .ok_or_else(|| format!("shard id `{text}` is not `shardId-` and twelve digits"))
    }
}

impl TryFrom<String> for ShardId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ShardId> for String {
    fn from(id: ShardId) -> String {
        id.to_string()
    }
}

/// The place of one record. 56 digits, as long as those of AWS, so numbers compare as text too:
/// `49`, the epoch (16), the shard (12), the offset in the shard (26).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SequenceNumber {
    pub(crate) epoch: Epoch,
    pub(crate) shard: ShardId,
    pub(crate) offset: u64,
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "49{:016}{:012}{:026}", self.epoch.0, self.shard.0, self.offset)
    }
}

impl Serialize for SequenceNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for SequenceNumber {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let digits = text.strip_prefix("49").ok_or(NotOurs)?;
        if digits.len() != 54 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotOurs);
        }
        let (epoch, rest) = digits.split_at(16);
        let (shard, offset) = rest.split_at(12);
        Ok(SequenceNumber {
            epoch: Epoch(epoch.parse().map_err(|_| NotOurs)?),
            shard: ShardId(shard.parse().map_err(|_| NotOurs)?),
            offset: offset.parse().map_err(|_| NotOurs)?,
        })
    }
}

/// A sequence number that this server never gave out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotOurs;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(shard: u32, offset: u64) -> SequenceNumber {
        SequenceNumber { epoch: Epoch(1_795_228_800_000_000), shard: ShardId(shard), offset }
    }

    #[test]
    fn sequence_number_has_56_digits() {
        assert_eq!(number(3, 17).to_string(), "49179522880000000000000000000300000000000000000000000017");
        assert_eq!(number(u32::MAX, u64::MAX).to_string().len(), 56);
    }

    #[test]
    fn foreign_numbers_are_told_apart() {
        for foreign in ["", "0", "49", "50179522880000000000000000000300000000000000000000000017", "4917é"] {
            assert_eq!(foreign.parse::<SequenceNumber>(), Err(NotOurs), "{foreign}");
        }
    }

    #[test]
    fn shard_id_is_read_back_and_nothing_else_is() {
        assert_eq!("shardId-000000000012".parse(), Ok(ShardId(12)));
        for wrong in ["shardId-12", "shardId-00000000001x", "000000000012", "shardId-+00000000012"] {
            assert!(wrong.parse::<ShardId>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn sequence_numbers_read_back_and_order_as_text(a: (u32, u64), b: (u32, u64)) {
            let (first, second) = (number(a.0, a.1), number(b.0, b.1));
            prop_assert_eq!(first.to_string().parse(), Ok(first));
            prop_assert_eq!(first.to_string().cmp(&second.to_string()), a.cmp(&b));
        }
    }
}
