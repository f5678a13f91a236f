//! Checks of a configuration that need nobody's help: every attribute's own rule, whole numbers, no null elements.
//! Unknown values pass; Terraform asks again once they are known.

use std::fmt::Display;

use super::diagnostics::{Diagnostic, Path, Step};
use super::schema::{Attribute, Check, Type};
use super::value::{Number, Value};

/// One error for every known value that breaks a rule.
pub fn validate(attributes: &[Attribute], config: &Value) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    check_object(attributes, config, &Path::default(), &mut errors);
    errors
}

fn check_object(attributes: &[Attribute], object: &Value, path: &Path, errors: &mut Vec<Diagnostic>) {
    for attribute in attributes {
        let value = object.attribute(attribute.name);
        if !value.is_null() {
            let place = Place { rule: attribute.check, path: path.attribute(attribute.name) };
            check_value(&attribute.of, value, &place, errors);
        }
    }
}

/// Where we are: the attribute, its rule, and the way there.
struct Place {
    rule: Option<Check>,
    path: Path,
}

impl Place {
    fn step(&self, step: Step) -> Self {
        Self { path: self.path.join(step), ..*self }
    }

    /// Terraform cannot point at an element of a set, so the set itself is meant.
    fn set_element(&self) -> Self {
        Self { path: self.path.clone(), ..*self }
    }

    fn error(&self, detail: impl Display) -> Diagnostic {
        Diagnostic::error(format!("Invalid {}", self.path), detail).at(self.path.clone())
    }
}

fn check_value(of: &Type, value: &Value, place: &Place, errors: &mut Vec<Diagnostic>) {
    match (of, value) {
        (_, Value::Unknown) => (),
        (_, Value::Null) => errors.push(place.error("an element is null; leave it out instead")),
        (Type::List(of), Value::List(elements)) => {
            let elements = elements.iter().enumerate();
            elements.for_each(|(index, each)| check_value(of, each, &place.step(Step::Index(index)), errors));
        }
        (Type::Set(of), Value::Set(elements)) => {
            elements.iter().for_each(|each| check_value(of, each, &place.set_element(), errors));
        }
        (Type::Map(of), Value::Map(elements)) => {
            let elements = elements.iter();
            elements.for_each(|(key, each)| check_value(of, each, &place.step(Step::Key(key.clone())), errors));
        }
        (Type::Object(attributes), object) => check_object(attributes, object, &place.path, errors),
        (_, Value::Number(Number::Float(_) | Number::Decimal(_))) => {
            errors.push(place.error("the number must be a whole one, and not an astronomical one"));
        }
        (_, value) => errors.extend(place.rule.and_then(|rule| rule(value).err()).map(|wrong| place.error(wrong))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::json;

    fn short(value: &Value) -> Result<(), String> {
        match value {
            Value::Text(text) if 3 < text.len() => Err(format!("`{text}` is longer than 3")),
            _ => Ok(()),
        }
    }

    fn errors(config: &str) -> Vec<String> {
        let schema = [
            Attribute::text("name", "").checked(short),
            Attribute::integer("count", ""),
            Attribute::set_of_text("events", "").checked(short),
            Attribute::map_of_text("tags", "").checked(short),
            Attribute::object("inner", vec![Attribute::text("mode", "").checked(short)], ""),
        ];
        let config = json::decode(config.as_bytes(), &schema).unwrap();
        let errors = validate(&schema, &config).into_iter();
        errors.map(|error| format!("{}: {}", error.path, error.detail)).collect()
    }

    #[test]
    fn each_broken_rule_is_reported_at_its_attribute() {
        let found = errors(
            r#"{"name": "long1", "events": ["ok", "long2"], "tags": {"k": "long3"}, "inner": {"mode": "long4"}}"#,
        );
        assert_eq!(
            found,
            [
                "name: `long1` is longer than 3.",
                "events: `long2` is longer than 3.",
                "tags[\"k\"]: `long3` is longer than 3.",
                "inner.mode: `long4` is longer than 3.",
            ]
        );
    }

    #[test]
    fn a_fraction_is_no_count_and_null_is_no_element() {
        assert_eq!(
            errors(r#"{"count": 2.5}"#),
            ["count: The number must be a whole one, and not an astronomical one."]
        );
        assert_eq!(errors(r#"{"events": [null]}"#), ["events: An element is null; leave it out instead."]);
    }

    #[test]
    fn what_is_left_out_breaks_no_rule() {
        assert_eq!(errors("{}"), Vec::<String>::new());
    }
}
