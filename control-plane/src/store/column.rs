//! How values stand in columns: times as microseconds, specs as JSON, words as they are in JSON.

use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// A number that is never negative, as the database's signed one.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(column: &'static str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|cause| corrupt(column, number, cause))
}

pub(super) fn timestamp(column: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|cause| corrupt(column, micros, cause))
}

pub(super) fn parsed<T: FromStr<Err: ToString>>(column: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|cause: T::Err| corrupt(column, text, cause.to_string()))
}

pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the model's types have text keys and cannot fail to serialize")
}

pub(super) fn from_json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|cause| corrupt(column, text, cause))
}

/// A variant without fields, as the word that it is in JSON.
pub(super) fn to_word(value: &impl Serialize) -> String {
    to_json(value).trim_matches('"').to_owned()
}

pub(super) fn from_word<T: DeserializeOwned>(column: &'static str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(word.into()).map_err(|cause| corrupt(column, word, cause))
}

pub(super) fn corrupt(column: &'static str, text: impl ToString, cause: impl ToString) -> StoreError {
    StoreError::Corrupt { row: None, column, text: text.to_string(), cause: cause.to_string() }
}
