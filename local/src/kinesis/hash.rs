//! Hash keys and the ranges of them that shards own. Together the open shards of a stream cover
//! every key exactly once.

use std::fmt;
use std::str::FromStr;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// A point on the circle of 2^128 hash keys. Written in decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct HashKey(pub(crate) u128);

impl HashKey {
    /// The key that Kinesis gives to a partition key: its MD5, read as a number.
    pub(crate) fn of(partition_key: &str) -> HashKey {
        HashKey(u128::from_be_bytes(Md5::digest(partition_key).into()))
    }
}

impl FromStr for HashKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        let number = text.parse().ok().filter(|_| plain);
        number.map(HashKey).ok_or_else(|| {
            format!("hash key `{text}` is not a whole number from 0 to {}, without leading zeros", u128::MAX)
        })
    }
}

impl TryFrom<String> for HashKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<HashKey> for String {
    fn from(key: HashKey) -> String {
        key.to_string()
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The keys from `start` to `end`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HashRange {
    pub(crate) start: HashKey,
    pub(crate) end: HashKey,
}

impl HashRange {
    /// Where the ranges of `count` equal shards begin; the first is always 0.
    pub(crate) fn uniform_starts(count: u32) -> impl Iterator<Item = HashKey> {
        let (width, rest) = (u128::MAX / u128::from(count), u128::MAX % u128::from(count) + 1);
        // 2^128 = width * count + rest does not fit into a u128, so the remainder is spread by hand.
        (0..u128::from(count)).map(move |nth| HashKey(width * nth + rest * nth / u128::from(count)))
    }

    /// `count` ranges of equal width that cover everything.
    pub(crate) fn uniform(count: u32) -> Vec<HashRange> {
        let starts: Vec<HashKey> = HashRange::uniform_starts(count).collect();
        let ends = starts.iter().skip(1).map(|next| HashKey(next.0 - 1)).chain([HashKey(u128::MAX)]);
        starts.iter().zip(ends).map(|(&start, end)| HashRange { start, end }).collect()
    }

    pub(crate) fn contains(&self, key: HashKey) -> bool {
        self.start <= key && key <= self.end
    }

    /// The two parts before `at` and from `at` on; `None` when one of them would be empty.
    pub(crate) fn split(&self, at: HashKey) -> Option<(HashRange, HashRange)> {
        let inside = self.start < at && at <= self.end;
        inside
            .then(|| (HashRange { start: self.start, end: HashKey(at.0 - 1) }, HashRange { start: at, end: self.end }))
    }

    /// This range and `next` in one; `None` unless `next` begins right behind this one.
    pub(crate) fn joined(&self, next: &HashRange) -> Option<HashRange> {
        let adjacent = self.end.0.checked_add(1) == Some(next.start.0);
        adjacent.then_some(HashRange { start: self.start, end: next.end })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn partition_key_hashes_to_its_md5() {
        assert_eq!(HashKey::of("a").to_string(), "16955237001963240173058271559858726497");
    }

    #[test]
    fn hash_key_outside_the_circle_is_refused_with_the_range() {
        let beyond = "340282366920938463463374607431768211456";
        let refused = beyond.parse::<HashKey>().unwrap_err();
        assert_eq!(
            refused,
            format!("hash key `{beyond}` is not a whole number from 0 to {}, without leading zeros", u128::MAX)
        );
        assert!("01".parse::<HashKey>().is_err() && "+1".parse::<HashKey>().is_err() && "".parse::<HashKey>().is_err());
    }

    #[test]
    fn two_uniform_ranges_meet_in_the_middle() {
        let halves = HashRange::uniform(2);
        assert_eq!(halves[0].end.0, u128::MAX / 2);
        assert_eq!(halves[1].start.0, 1 << 127);
    }

    proptest! {
        #[test]
        fn uniform_ranges_cover_everything_once_and_differ_by_at_most_one(count in 1_u32..3000) {
            let ranges = HashRange::uniform(count);
            prop_assert_eq!(ranges.len(), count as usize);
            let whole = ranges.iter().skip(1).try_fold(ranges[0], |sum, next| sum.joined(next));
            prop_assert_eq!(whole, Some(HashRange { start: HashKey(0), end: HashKey(u128::MAX) }));
            let widths = || ranges.iter().map(|range| range.end.0 - range.start.0);
            prop_assert!(widths().max().unwrap() - widths().min().unwrap() <= 1);
        }

        #[test]
        fn a_split_range_joins_again(start: u128, end: u128, at: u128) {
            let range = HashRange { start: HashKey(start.min(end)), end: HashKey(start.max(end)) };
            match range.split(HashKey(at)) {
                Some((low, high)) => prop_assert_eq!(low.joined(&high), Some(range)),
                None => prop_assert!(at <= range.start.0 || range.end.0 < at),
            }
        }
    }
}
