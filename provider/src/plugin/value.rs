//! Terraform's values: known, null, or not known before something else was applied.
//!
//! A value does not carry its type; the schema has it, and reading from the wire is done by the schema.

use std::collections::BTreeMap;

/// One value of any type. Equality is Terraform's: the order of a set means nothing, unknown equals unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing was given.
    Null,
    /// Will be known after apply.
    Unknown,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Set(Set),
    /// A map, or an object with all of its attributes.
    Map(Object),
}

/// An object's attributes, or a map's elements, by name.
pub type Object = BTreeMap<String, Value>;

/// The elements of a set, sorted.
///
/// Equal elements stay apart: `[a.id, b.id]` has two unknown elements, which must go back to Terraform as two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set(Vec<Value>);

impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        elements.sort_unstable();
        Self(elements)
    }
}

impl Set {
    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }

    pub fn into_vec(self) -> Vec<Value> {
        self.0
    }
}

/// A number, kept in the form in which it travels, so that none is ever rounded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Number {
    Integer(i64),
    /// The bits of a float that is exact; bits, so that numbers can be compared and hashed.
    Float(u64),
    /// Digits of a number that fits neither.
    Decimal(String),
}

impl Number {
    /// From a float; a whole one becomes an integer, as Terraform sends it.
    pub fn from_float(float: f64) -> Self {
        const EXACT: f64 = (1_u64 << 53) as f64;
        match float.fract() == 0.0 && float.abs() <= EXACT {
            true => Self::Integer(float as i64),
            false => Self::Float(float.to_bits()),
        }
    }

    /// From digits as they are written in JSON or sent by Terraform.
    pub fn from_digits(digits: &str) -> Self {
        match digits.parse() {
            Ok(integer) => Self::Integer(integer),
            Err(_) => Self::Decimal(digits.to_owned()),
        }
    }
}

impl Value {
    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    pub fn is_unknown(&self) -> bool {
        *self == Value::Unknown
    }

    /// The attribute `name` of an object; null when there is no such thing.
    pub fn attribute(&self, name: &str) -> &Value {
        match self {
            Value::Map(object) => object.get(name).unwrap_or(&Value::Null),
            _ => &Value::Null,
        }
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown => false,
            Value::List(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Set(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Map(elements) => elements.values().all(Value::is_wholly_known),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => true,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Value::Bool(yes)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Value::Number(Number::Integer(integer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_equal_in_any_order_and_keep_equal_elements_apart() {
        let set = |names: &[&str]| Set::from_iter(names.iter().map(|&name| name.into()));
        assert_eq!(set(&["b", "a"]), set(&["a", "b"]));

        let unknowns = Set::from_iter([Value::Unknown, Value::Unknown]);
        assert_eq!(unknowns.into_vec().len(), 2);
    }

    #[test]
    fn one_number_has_one_form() {
        assert_eq!(Number::from_float(2.0), Number::from_digits("2"));
        assert_eq!(Number::from_float(0.5), Number::Float(0.5_f64.to_bits()));
        let large = "123456789012345678901234567890";
        assert_eq!(Number::from_digits(large), Number::Decimal(large.into()));
    }
}
