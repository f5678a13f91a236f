//! Values to types of one's own, by way of what those types accept when they are deserialized.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::diagnostics::Diagnostic;
use super::field::{Field, TextSet};

/// A text as a `T`, or what is wrong with it, in the words of `T`.
pub fn text<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let from: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(from).map_err(words)
}

/// A number as a `T`, or what is wrong with it, in the words of `T`.
pub fn integer<T: DeserializeOwned>(integer: i64) -> Result<T, String> {
    T::deserialize(integer.into_deserializer()).map_err(words)
}

/// The text of a value that is written as one.
///
/// # Panics
/// `value` is something else: a structure, or a number.
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("not written as a word: {other:?}"),
    }
}

/// The text of the attribute `name`, if there is one and it is known.
pub fn optional<T: DeserializeOwned>(name: &str, field: &Field<String>) -> Result<Option<T>, Diagnostic> {
    field.known().map(|known| text(known)).transpose().map_err(|wrong| invalid(name, wrong))
}

/// The text of the attribute `name`, which must be known.
pub fn required<T: DeserializeOwned>(name: &str, field: &Field<String>) -> Result<T, Diagnostic> {
    optional(name, field)?.ok_or_else(|| invalid(name, format!("`{name}` has no value")))
}

/// The number of the attribute `name`, if there is one and it is known.
pub fn optional_integer<T: DeserializeOwned>(name: &str, field: &Field<i64>) -> Result<Option<T>, Diagnostic> {
    field.known().map(|&known| integer(known)).transpose().map_err(|wrong| invalid(name, wrong))
}

/// The known texts of the attribute `name`.
pub fn all<T: DeserializeOwned + Ord>(name: &str, field: &TextSet) -> Result<BTreeSet<T>, Diagnostic> {
    field.texts().map(text).collect::<Result<_, _>>().map_err(|wrong| invalid(name, wrong))
}

fn invalid(name: &str, wrong: String) -> Diagnostic {
    Diagnostic::error(format!("Invalid {name}"), wrong).at(name)
}

/// Serde speaks of variants; users know values.
fn words(error: Error) -> String {
    error.to_string().replace("unknown variant", "unknown value")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Color {
        Red,
        DarkGreen,
    }

    #[test]
    fn words_are_read_and_written_as_in_json() {
        assert_eq!(text("dark_green"), Ok(Color::DarkGreen));
        assert_eq!(word(&Color::DarkGreen), "dark_green");
        assert_eq!(text::<Color>("blue").unwrap_err(), "unknown value `blue`, expected `red` or `dark_green`");
    }

    #[test]
    fn what_is_missing_or_wrong_is_an_error_at_its_attribute() {
        let missing = required::<Color>("color", &Field::Null).unwrap_err();
        assert_eq!(missing, Diagnostic::error("Invalid color", "`color` has no value").at("color"));
        let wrong = optional_integer::<u8>("count", &Field::Known(-1)).unwrap_err();
        assert_eq!(wrong.path, "count".into());
    }
}
