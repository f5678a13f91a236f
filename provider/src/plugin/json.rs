//! Values as JSON, in which they may come too. JSON has no way to say unknown.

use serde_json::Value as Json;

use super::msgpack::DecodeError;
use super::schema::{Attribute, Type};
use super::value::{Number, Object, Set, Value};

/// Reads one block or object with these attributes; those that are missing are null.
pub fn decode(bytes: &[u8], attributes: &[Attribute]) -> Result<Value, DecodeError> {
    match serde_json::from_slice(bytes) {
        Ok(json) => object(json, attributes),
        Err(_) => Err(DecodeError::Truncated),
    }
}

fn read(json: Json, of: &Type) -> Result<Value, DecodeError> {
    match (of, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Bool, Json::Bool(yes)) => Ok(Value::Bool(yes)),
        (Type::Integer, Json::Number(number)) => Ok(Value::Number(Number::from_digits(&number.to_string()))),
        (Type::Text, Json::String(text)) => Ok(Value::Text(text)),
        (Type::List(element), Json::Array(json)) => elements(json, element).map(Value::List),
        (Type::Set(element), Json::Array(json)) => Ok(Value::Set(Set::from_iter(elements(json, element)?))),
        (Type::Map(element), Json::Object(json)) => {
            let elements = json.into_iter().map(|(key, json)| Ok((key, read(json, element)?)));
            elements.collect::<Result<Object, _>>().map(Value::Map)
        }
        (Type::Object(attributes), json) => object(json, attributes),
        (of, json) => Err(mismatch(of, &json)),
    }
}

fn object(json: Json, attributes: &[Attribute]) -> Result<Value, DecodeError> {
    let mut json = match json {
        Json::Null => return Ok(Value::Null),
        Json::Object(json) => json,
        other => return Err(DecodeError::Mismatch { wanted: "an object", found: other.to_string() }),
    };
    let attributes = attributes.iter().map(|attribute| {
        let json = json.remove(attribute.name).unwrap_or(Json::Null);
        Ok((attribute.name.to_owned(), read(json, &attribute.of)?))
    });
    let object = attributes.collect::<Result<Object, _>>()?;
    match json.into_iter().next() {
        Some((name, _)) => Err(DecodeError::NoSuchAttribute(name)),
        None => Ok(Value::Map(object)),
    }
}

fn elements(json: Vec<Json>, of: &Type) -> Result<Vec<Value>, DecodeError> {
    json.into_iter().map(|json| read(json, of)).collect()
}

fn mismatch(of: &Type, json: &Json) -> DecodeError {
    let wanted = match of {
        Type::Bool => "a boolean",
        Type::Integer => "a number",
        Type::Text => "text",
        Type::List(_) | Type::Set(_) => "a list",
        Type::Map(_) | Type::Object(_) => "an object",
    };
    DecodeError::Mismatch { wanted, found: json.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_msgpack_read_as_the_same_value() {
        let schema = [Attribute::set_of_text("events", ""), Attribute::integer("count", ""), Attribute::text("x", "")];
        let from_json = decode(br#"{"count": 2, "events": ["b", "a"]}"#, &schema).unwrap();
        let from_msgpack = super::super::msgpack::decode(&super::super::msgpack::encode(&from_json), &schema).unwrap();
        assert_eq!(from_json, from_msgpack);
        assert!(from_json.attribute("x").is_null());
    }

    #[test]
    fn json_outside_the_schema_is_refused() {
        let schema = [Attribute::bool("on", "")];
        assert_eq!(decode(br#"{"off": true}"#, &schema), Err(DecodeError::NoSuchAttribute("off".into())));
        let error = decode(br#"{"on": "yes"}"#, &schema).unwrap_err();
        assert_eq!(error.to_string(), "\"yes\" found where the schema has a boolean");
    }
}
