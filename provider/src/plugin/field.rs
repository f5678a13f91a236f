//! Typed access: plain Rust structs in place of values, one field per attribute.

use std::collections::{BTreeMap, BTreeSet};

use super::value::{Number, Object, Set, Value};

/// An attribute's value as Rust.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field<T> {
    /// Not given.
    #[default]
    Null,
    /// Known after apply.
    Unknown,
    Known(T),
}

/// Texts of a set, any of which may be unknown yet.
pub type TextSet = Field<BTreeSet<Field<String>>>;

/// Texts by key, any of which may be unknown yet.
pub type TextMap = Field<BTreeMap<String, Field<String>>>;

impl<T> Field<T> {
    /// What it is, when that is known and not null.
    pub fn known(&self) -> Option<&T> {
        match self {
            Field::Known(value) => Some(value),
            Field::Null | Field::Unknown => None,
        }
    }

    /// What it is, when that is known and not null.
    pub fn into_known(self) -> Option<T> {
        match self {
            Field::Known(value) => Some(value),
            Field::Null | Field::Unknown => None,
        }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Field::Unknown)
    }

    /// Itself when it is known, and otherwise `value`.
    pub fn or(self, value: Option<T>) -> Self {
        match self {
            Field::Known(_) => self,
            Field::Null | Field::Unknown => value.into(),
        }
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Field::Null, Field::Known)
    }
}

impl From<&str> for Field<String> {
    fn from(text: &str) -> Self {
        Field::Known(text.to_owned())
    }
}

impl<T: Into<String>> FromIterator<T> for TextSet {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        Field::Known(texts.into_iter().map(|text| Field::Known(text.into())).collect())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for TextMap {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(texts: I) -> Self {
        let elements = texts.into_iter().map(|(key, text)| (key.into(), Field::Known(text.into())));
        Field::Known(elements.collect())
    }
}

impl TextSet {
    /// The known texts; none when there is no set.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.known().into_iter().flatten().filter_map(Field::known).map(String::as_str)
    }

    /// Whether the set and all of its texts are known, or there is none.
    pub fn is_wholly_known(&self) -> bool {
        !self.is_unknown() && self.known().is_none_or(|elements| elements.iter().all(|text| !text.is_unknown()))
    }

    /// This set, or null if it is empty and there was none `before`.
    pub fn unless_empty(self, before: &Self) -> Self {
        match self {
            Field::Known(elements) if elements.is_empty() && *before == Field::Null => Field::Null,
            some => some,
        }
    }
}

impl TextMap {
    /// The known texts with their keys; none when there is no map.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let elements = self.known().into_iter().flatten();
        elements.filter_map(|(key, text)| Some((key.as_str(), text.known()?.as_str())))
    }

    /// This map, or null if it is empty and there was none `before`.
    pub fn unless_empty(self, before: &Self) -> Self {
        match self {
            Field::Known(elements) if elements.is_empty() && *before == Field::Null => Field::Null,
            some => some,
        }
    }

    /// Whether the map and all of its texts are known, or there is none.
    pub fn is_wholly_known(&self) -> bool {
        !self.is_unknown() && self.known().is_none_or(|elements| elements.values().all(|text| !text.is_unknown()))
    }
}

/// A Rust type that an attribute's value, or a whole block, can be read as and written from.
pub trait Typed: Sized {
    fn from_value(value: Value) -> Result<Self, WrongType>;
    fn into_value(self) -> Value;
}

/// A struct and its schema disagree: a mistake in the provider, which its tests look for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider reads `{0}` as another type than its schema gives")]
pub struct WrongType(pub String);

impl WrongType {
    pub fn new(value: &Value) -> Self {
        Self(format!("{value:?}"))
    }
}

impl<T: Typed> Typed for Field<T> {
    fn from_value(value: Value) -> Result<Self, WrongType> {
        match value {
            Value::Null => Ok(Field::Null),
            Value::Unknown => Ok(Field::Unknown),
            known => T::from_value(known).map(Field::Known),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Field::Null => Value::Null,
            Field::Unknown => Value::Unknown,
            Field::Known(value) => value.into_value(),
        }
    }
}

impl Typed for String {
    fn from_value(value: Value) -> Result<Self, WrongType> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(WrongType::new(&other)),
        }
    }

    fn into_value(self) -> Value {
        Value::Text(self)
    }
}

impl Typed for bool {
    fn from_value(value: Value) -> Result<Self, WrongType> {
        match value {
            Value::Bool(yes) => Ok(yes),
            other => Err(WrongType::new(&other)),
        }
    }

    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl Typed for i64 {
    fn from_value(value: Value) -> Result<Self, WrongType> {
        match value {
            Value::Number(Number::Integer(integer)) => Ok(integer),
            other => Err(WrongType::new(&other)),
        }
    }

    fn into_value(self) -> Value {
        self.into()
    }
}

impl<T: Typed> Typed for Vec<T> {
    fn from_value(value: Value) -> Result<Self, WrongType> {
        match value {
            Value::List(elements) => elements.into_iter().map(T::from_value).collect(),
            other => Err(WrongType::new(&other)),
        }
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: Typed + Ord> Typed for BTreeSet<T> {
    fn from_value(value: Value) -> Result<Self, WrongType> {
        match value {
            Value::Set(elements) => elements.into_vec().into_iter().map(T::from_value).collect(),
            other => Err(WrongType::new(&other)),
        }
    }

    fn into_value(self) -> Value {
        Value::Set(Set::from_iter(self.into_iter().map(T::into_value)))
    }
}

impl<T: Typed> Typed for BTreeMap<String, T> {
    fn from_value(value: Value) -> Result<Self, WrongType> {
        match value {
            Value::Map(elements) => {
                elements.into_iter().map(|(key, element)| Ok((key, T::from_value(element)?))).collect()
            }
            other => Err(WrongType::new(&other)),
        }
    }

    fn into_value(self) -> Value {
        Value::Map(self.into_iter().map(|(key, element)| (key, element.into_value())).collect::<Object>())
    }
}

/// Declares a struct whose fields are the attributes of a block, by the same names.
macro_rules! block {
    (
        $(#[$about:meta])*
        $see:vis struct $name:ident { $($(#[$words:meta])* $see_field:vis $field:ident: $type:ty,)+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        $see struct $name { $($(#[$words])* $see_field $field: $type,)+ }

        impl $name {
            /// The names of the attributes.
            $see const ATTRIBUTES: &[&str] = &[$(stringify!($field)),+];
        }

        impl $crate::plugin::field::Typed for $name {
            fn from_value(
                value: $crate::plugin::value::Value,
            ) -> Result<Self, $crate::plugin::field::WrongType> {
                use $crate::plugin::{field::WrongType, value::Value};
                let Value::Map(mut object) = value else { return Err(WrongType::new(&value)) };
                Ok(Self {
                    $($field: <$type>::from_value(object.remove(stringify!($field)).unwrap_or(Value::Null))
                        .map_err(|_| WrongType(stringify!($field).into()))?,)+
                })
            }

            fn into_value(self) -> $crate::plugin::value::Value {
                let Self { $($field),+ } = self;
                $crate::plugin::value::Value::Map(
                    [$((stringify!($field).to_owned(), $field.into_value())),+].into(),
                )
            }
        }
    };
}
pub(crate) use block;

#[cfg(test)]
mod tests {
    use super::*;

    block! {
        /// Every kind of field.
        struct Sample {
            text: Field<String>,
            on: Field<bool>,
            count: Field<i64>,
            events: TextSet,
            tags: TextMap,
            rows: Field<Vec<Field<String>>>,
        }
    }

    #[test]
    fn a_block_goes_to_a_value_and_back() {
        let sample = Sample {
            text: "hello".into(),
            on: Field::Unknown,
            count: Field::Known(3),
            events: ["b", "a"].into_iter().collect(),
            tags: [("team", "fraud")].into_iter().collect(),
            rows: Field::Null,
        };
        assert_eq!(Sample::from_value(sample.clone().into_value()), Ok(sample));
    }

    #[test]
    fn a_block_knows_its_attributes() {
        assert_eq!(Sample::ATTRIBUTES, ["text", "on", "count", "events", "tags", "rows"]);
    }

    #[test]
    fn the_wrong_type_names_its_attribute() {
        let value = Value::Map([("count".to_owned(), Value::Bool(true))].into());
        assert_eq!(Sample::from_value(value), Err(WrongType("count".into())));
    }
}
