//! What a block of configuration may say: its attributes, their types and rules, and their words for the documentation.

use serde::de::DeserializeOwned;

use super::parse;
use super::value::{Number, Value};

/// A block: a resource, a data source, or the provider's own.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Raised when stored state changes its form.
    pub version: i64,
    /// Markdown; its first sentence is the summary.
    pub description: &'static str,
    pub attributes: Vec<Attribute>,
}

/// One attribute: what it is called, what it takes, who sets it and what follows from changing it.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub of: Type,
    pub set_by: SetBy,
    /// Markdown.
    pub description: &'static str,
    pub is_sensitive: bool,
    /// Taken when the configuration says nothing.
    pub default: Option<Value>,
    /// Changing it destroys the object and makes another.
    pub replaces: bool,
    /// Computed once: it stays what it is when something else changes.
    pub is_stable: bool,
    /// What every known value, or every known element, must satisfy.
    pub check: Option<Check>,
}

/// Says what is wrong with a value, and what would be right.
pub type Check = fn(&Value) -> Result<(), String>;

/// The type of a value. There are no sets of objects: in those, nobody can tell which element became which.
#[derive(Clone, Debug)]
pub enum Type {
    Bool,
    /// A whole number; Terraform itself knows only numbers.
    Integer,
    Text,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(Vec<Attribute>),
}

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The user must.
    UserAlways,
    /// The user may; otherwise it is the default, or null.
    User,
    /// The user may; otherwise the provider does.
    UserOrProvider,
    /// Only the provider does.
    Provider,
}

impl SetBy {
    pub fn is_computed(self) -> bool {
        matches!(self, SetBy::UserOrProvider | SetBy::Provider)
    }
}

impl Attribute {
    /// An attribute that the user may set.
    pub fn new(name: &'static str, of: Type, description: &'static str) -> Self {
        Self {
            name,
            of,
            set_by: SetBy::User,
            description,
            is_sensitive: false,
            default: None,
            replaces: false,
            is_stable: false,
            check: None,
        }
    }

    pub fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Text, description)
    }

    pub fn integer(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Integer, description)
    }

    pub fn bool(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Bool, description)
    }

    pub fn set_of_text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Set(Box::new(Type::Text)), description)
    }

    pub fn map_of_text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Map(Box::new(Type::Text)), description)
    }

    pub fn object(name: &'static str, attributes: Vec<Attribute>, description: &'static str) -> Self {
        Self::new(name, Type::Object(attributes), description)
    }

    pub fn list_of_objects(name: &'static str, attributes: Vec<Attribute>, description: &'static str) -> Self {
        Self::new(name, Type::List(Box::new(Type::Object(attributes))), description)
    }

    pub fn map_of_objects(name: &'static str, attributes: Vec<Attribute>, description: &'static str) -> Self {
        Self::new(name, Type::Map(Box::new(Type::Object(attributes))), description)
    }

    /// The user must set it.
    pub fn required(self) -> Self {
        Self { set_by: SetBy::UserAlways, ..self }
    }

    /// Only the provider sets it.
    pub fn computed(self) -> Self {
        Self { set_by: SetBy::Provider, ..self }
    }

    /// The provider sets it when the user does not.
    pub fn or_computed(self) -> Self {
        Self { set_by: SetBy::UserOrProvider, ..self }
    }

    /// It is `default` when the user says nothing. Terraform calls such an attribute computed.
    pub fn or(self, default: impl Into<Value>) -> Self {
        Self { set_by: SetBy::UserOrProvider, default: Some(default.into()), ..self }
    }

    /// Terraform never prints it.
    pub fn sensitive(self) -> Self {
        Self { is_sensitive: true, ..self }
    }

    /// Changing it replaces the object.
    pub fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    /// Once computed, it stays.
    pub fn stable(self) -> Self {
        Self { is_stable: true, ..self }
    }

    /// Every known value or element must satisfy `check`.
    pub fn checked(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Every known text or number must read as a `T`.
    pub fn parsed_as<T: DeserializeOwned>(self) -> Self {
        self.checked(|value| match value {
            Value::Text(text) => parse::text::<T>(text).map(drop),
            Value::Number(Number::Integer(integer)) => parse::integer::<T>(*integer).map(drop),
            _ => Ok(()),
        })
    }

    /// The type in the words of the documentation.
    pub fn type_words(&self) -> String {
        self.of.words()
    }
}

impl Type {
    /// The attributes of the objects that are this value or its elements.
    pub fn nested(&self) -> Option<&[Attribute]> {
        match self {
            Type::Object(attributes) => Some(attributes),
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.nested(),
            Type::Bool | Type::Integer | Type::Text => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Type::Bool => "Boolean".into(),
            Type::Integer => "Number".into(),
            Type::Text => "String".into(),
            Type::List(element) => format!("List of {}", element.words()),
            Type::Set(element) => format!("Set of {}", element.words()),
            Type::Map(element) => format!("Map of {}", element.words()),
            Type::Object(_) => "Attributes".into(),
        }
    }
}
