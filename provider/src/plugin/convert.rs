//! Protobuf messages to our types and back. With `server.rs`, the only file that names the generated code.

use super::diagnostics::{Diagnostic, Path, Severity, Step};
use super::msgpack::DecodeError;
use super::proto::tfplugin6 as proto;
use super::schema::{Attribute, Schema, SetBy, Type};
use super::value::Value;
use super::{json, msgpack};

/// Reads a block with these attributes. Absent means null.
pub fn value_from(wire: Option<proto::DynamicValue>, attributes: &[Attribute]) -> Result<Value, Vec<Diagnostic>> {
    let proto::DynamicValue { msgpack, json } = wire.unwrap_or_default();
    let decoded = match (msgpack.is_empty(), json.is_empty()) {
        (false, _) => msgpack::decode(&msgpack, attributes),
        (true, false) => json::decode(&json, attributes),
        (true, true) => Ok(Value::Null),
    };
    decoded.map_err(|error: DecodeError| {
        Diagnostic::error("Terraform sent a value that does not fit the schema", error).into()
    })
}

pub fn value_to(value: &Value) -> Option<proto::DynamicValue> {
    Some(proto::DynamicValue { msgpack: msgpack::encode(value), json: Vec::new() })
}

/// Stored state of the present schema version, as Terraform stored it: Terraform reads it by the schema itself.
pub fn stored_state(json: Vec<u8>) -> Option<proto::DynamicValue> {
    Some(proto::DynamicValue { msgpack: Vec::new(), json })
}

pub fn diagnostics_to(diagnostics: Vec<Diagnostic>) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(diagnostic_to).collect()
}

fn diagnostic_to(diagnostic: Diagnostic) -> proto::Diagnostic {
    let Diagnostic { severity, summary, detail, path } = diagnostic;
    let severity = match severity {
        Severity::Error => proto::diagnostic::Severity::Error,
        Severity::Warning => proto::diagnostic::Severity::Warning,
    };
    let attribute = (path != Path::default()).then(|| path_to(path.findable()));
    proto::Diagnostic { severity: severity.into(), summary, detail, attribute }
}

pub fn path_to(path: Path) -> proto::AttributePath {
    use proto::attribute_path::step::Selector;
    let selector = |step| match step {
        Step::Attribute(name) => Selector::AttributeName(name),
        Step::Key(key) => Selector::ElementKeyString(key),
        Step::Index(index) => Selector::ElementKeyInt(index.try_into().expect("a list is shorter than 2^63")),
    };
    let steps = path.into_steps().into_iter().map(selector);
    proto::AttributePath {
        steps: steps.map(|selector| proto::attribute_path::Step { selector: Some(selector) }).collect(),
    }
}

pub fn schema_to(schema: &Schema) -> proto::Schema {
    let block = proto::schema::Block {
        version: schema.version,
        attributes: schema.attributes.iter().map(attribute_to).collect(),
        description: schema.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
    };
    proto::Schema { version: schema.version, block: Some(block) }
}

fn attribute_to(attribute: &Attribute) -> proto::schema::Attribute {
    let (r#type, nested_type) = match attribute.of.nested() {
        Some(nested) => (Vec::new(), Some(nested_to(&attribute.of, nested))),
        None => (type_to(&attribute.of).to_string().into_bytes(), None),
    };
    proto::schema::Attribute {
        name: attribute.name.to_owned(),
        r#type,
        nested_type,
        description: attribute.description.to_owned(),
        description_kind: proto::StringKind::Markdown.into(),
        required: attribute.set_by == SetBy::UserAlways,
        optional: matches!(attribute.set_by, SetBy::User | SetBy::UserOrProvider),
        computed: attribute.set_by.is_computed(),
        sensitive: attribute.is_sensitive,
    }
}

fn nested_to(of: &Type, attributes: &[Attribute]) -> proto::schema::Object {
    use proto::schema::object::NestingMode;
    let nesting = match of {
        Type::List(_) => NestingMode::List,
        Type::Set(_) => NestingMode::Set,
        Type::Map(_) => NestingMode::Map,
        Type::Object(_) | Type::Bool | Type::Integer | Type::Text => NestingMode::Single,
    };
    proto::schema::Object { attributes: attributes.iter().map(attribute_to).collect(), nesting: nesting.into() }
}

/// A type in Terraform's JSON notation.
fn type_to(of: &Type) -> serde_json::Value {
    match of {
        Type::Bool => "bool".into(),
        Type::Integer => "number".into(),
        Type::Text => "string".into(),
        Type::List(element) => serde_json::json!(["list", type_to(element)]),
        Type::Set(element) => serde_json::json!(["set", type_to(element)]),
        Type::Map(element) => serde_json::json!(["map", type_to(element)]),
        Type::Object(attributes) => {
            let attributes = attributes.iter().map(|each| (each.name.to_owned(), type_to(&each.of)));
            serde_json::json!(["object", attributes.collect::<serde_json::Map<_, _>>()])
        }
    }
}
