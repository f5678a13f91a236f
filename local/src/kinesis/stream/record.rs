//! A record as a producer hands it in, and the rules that it must keep.

use std::borrow::Cow;

use serde::Deserialize;

use crate::kinesis::error::Error;
use crate::kinesis::hash::HashKey;

/// One record of a `PutRecord` or `PutRecords`. The data stays base64, borrowed from the request, until it is
/// decoded into its place in the log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    pub(crate) data: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) partition_key: Cow<'a, str>,
    pub(crate) explicit_hash_key: Option<String>,
}

impl Entry<'_> {
    /// Where on the circle of hash keys the record belongs.
    pub(crate) fn hash_key(&self) -> Result<HashKey, Error> {
        match &self.explicit_hash_key {
            Some(explicit) => {
                explicit.parse().map_err(|reason: String| Error::invalid(format!("ExplicitHashKey: {reason}")))
            }
            None => Ok(HashKey::of(&self.partition_key)),
        }
    }

    /// What the record weighs: data before base64, and partition key. Errors with `Validation` when that is
    /// more than `most`, or the key is empty or too long.
    pub(crate) fn weigh(&self, most: usize) -> Result<usize, Error> {
        if !(1..=256).contains(&self.partition_key.chars().count()) {
            return Err(Error::validation("PartitionKey must be 1 to 256 characters long"));
        }
        let bytes = decoded_length(&self.data) + self.partition_key.len();
        if bytes > most {
            return Err(Error::validation(format!(
                "a record of {bytes} bytes, data and partition key together, is too large; the stream takes up to {most}"
            )));
        }
        Ok(bytes)
    }
}

/// How many bytes padded base64 stands for.
fn decoded_length(base64: &str) -> usize {
    let padding = base64.bytes().rev().take_while(|&byte| byte == b'=').count();
    (base64.len() / 4 * 3).saturating_sub(padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(data: &'a str, key: &'a str) -> Entry<'a> {
        Entry { data: data.into(), partition_key: key.into(), explicit_hash_key: None }
    }

    #[test]
    fn a_record_weighs_its_decoded_data_and_its_key() {
        let weights = ["", "YQ==", "YWI=", "YWJj", "YWJjZA=="].map(|data| entry(data, "key").weigh(100));
        assert_eq!(weights, [3, 4, 5, 6, 7].map(Ok));
    }

    #[test]
    fn a_record_that_is_too_large_is_refused_with_its_size() {
        let refused = entry("YWJj", "key").weigh(5).unwrap_err().to_string();
        assert_eq!(
            refused,
            "ValidationException: a record of 6 bytes, data and partition key together, is too large; the stream takes up to 5"
        );
    }

    #[test]
    fn partition_keys_are_counted_in_characters() {
        assert!(entry("", "").weigh(10_000).is_err());
        assert!(entry("", &"é".repeat(256)).weigh(10_000).is_ok());
        assert!(entry("", &"é".repeat(257)).weigh(10_000).is_err());
    }
}
