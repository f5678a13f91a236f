//! Values as MessagePack, the way Terraform sends and takes them. Read by the schema's type, in one pass.

use rmp::Marker;
use rmp::decode::{self, RmpRead};
use rmp::encode;

use super::schema::{Attribute, Type};
use super::value::{Number, Object, Set, Value};

/// Bytes that are not a value of the type that the schema gives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the value ends too early")]
    Truncated,
    #[error("{found} found where the schema has {wanted}")]
    Mismatch { wanted: &'static str, found: String },
    #[error("the schema has no attribute `{0}`")]
    NoSuchAttribute(String),
    #[error("text is not valid UTF-8")]
    NotText,
}

/// Reads one block or object with these attributes.
pub fn decode(mut bytes: &[u8], attributes: &[Attribute]) -> Result<Value, DecodeError> {
    let from = &mut bytes;
    let marker = marker(from)?;
    match absent(marker, from)? {
        Some(value) => Ok(value),
        None => object(marker, from, attributes),
    }
}

/// Writes a value. Unknown is written without refinements, which promises nothing about it.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, value);
    out
}

fn read(from: &mut &[u8], of: &Type) -> Result<Value, DecodeError> {
    let marker = marker(from)?;
    if let Some(value) = absent(marker, from)? {
        return Ok(value);
    }
    match of {
        Type::Bool => bool(marker),
        Type::Integer => number(marker, from).map(Value::Number),
        Type::Text => text(marker, from).map(Value::Text),
        Type::List(element) => elements(marker, from, element).map(Value::List),
        Type::Set(element) => Ok(Value::Set(Set::from_iter(elements(marker, from, element)?))),
        Type::Map(element) => map(marker, from, element),
        Type::Object(attributes) => object(marker, from, attributes),
    }
}

/// Null and unknown are written alike for every type. Unknown is any extension; what it promises is skipped.
fn absent(marker: Marker, from: &mut &[u8]) -> Result<Option<Value>, DecodeError> {
    let payload_bytes = match marker {
        Marker::Null => return Ok(Some(Value::Null)),
        Marker::FixExt1 => 1,
        Marker::FixExt2 => 2,
        Marker::FixExt4 => 4,
        Marker::FixExt8 => 8,
        Marker::FixExt16 => 16,
        Marker::Ext8 => from.read_data_u8().map_err(truncated)?.into(),
        Marker::Ext16 => from.read_data_u16().map_err(truncated)?.into(),
        Marker::Ext32 => from.read_data_u32().map_err(truncated)? as usize,
        _ => return Ok(None),
    };
    const KIND_BYTES: usize = 1;
    take(from, KIND_BYTES + payload_bytes)?;
    Ok(Some(Value::Unknown))
}

fn bool(marker: Marker) -> Result<Value, DecodeError> {
    match marker {
        Marker::True => Ok(Value::Bool(true)),
        Marker::False => Ok(Value::Bool(false)),
        other => Err(mismatch("a boolean", other)),
    }
}

/// A number comes as an integer, as a float when that is exact, and as decimal digits otherwise.
fn number(marker: Marker, from: &mut &[u8]) -> Result<Number, DecodeError> {
    Ok(match marker {
        Marker::FixPos(small) => Number::Integer(small.into()),
        Marker::FixNeg(small) => Number::Integer(small.into()),
        Marker::U8 => Number::Integer(from.read_data_u8().map_err(truncated)?.into()),
        Marker::U16 => Number::Integer(from.read_data_u16().map_err(truncated)?.into()),
        Marker::U32 => Number::Integer(from.read_data_u32().map_err(truncated)?.into()),
        Marker::U64 => Number::from_digits(&from.read_data_u64().map_err(truncated)?.to_string()),
        Marker::I8 => Number::Integer(from.read_data_i8().map_err(truncated)?.into()),
        Marker::I16 => Number::Integer(from.read_data_i16().map_err(truncated)?.into()),
        Marker::I32 => Number::Integer(from.read_data_i32().map_err(truncated)?.into()),
        Marker::I64 => Number::Integer(from.read_data_i64().map_err(truncated)?),
        Marker::F32 => Number::from_float(from.read_data_f32().map_err(truncated)?.into()),
        Marker::F64 => Number::from_float(from.read_data_f64().map_err(truncated)?),
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => Number::from_digits(&text(marker, from)?),
        other => return Err(mismatch("a number", other)),
    })
}

fn text(marker: Marker, from: &mut &[u8]) -> Result<String, DecodeError> {
    let length = match marker {
        Marker::FixStr(length) => length.into(),
        Marker::Str8 => from.read_data_u8().map_err(truncated)?.into(),
        Marker::Str16 => from.read_data_u16().map_err(truncated)?.into(),
        Marker::Str32 => from.read_data_u32().map_err(truncated)? as usize,
        other => return Err(mismatch("text", other)),
    };
    let bytes = take(from, length)?;
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| DecodeError::NotText)
}

fn elements(marker: Marker, from: &mut &[u8], of: &Type) -> Result<Vec<Value>, DecodeError> {
    let length = match marker {
        Marker::FixArray(length) => length.into(),
        Marker::Array16 => from.read_data_u16().map_err(truncated)?.into(),
        Marker::Array32 => from.read_data_u32().map_err(truncated)?,
        other => return Err(mismatch("a list", other)),
    };
    (0..length).map(|_| read(from, of)).collect()
}

fn map(marker: Marker, from: &mut &[u8], of: &Type) -> Result<Value, DecodeError> {
    let elements = (0..map_length(marker, from)?).map(|_| Ok((key(from)?, read(from, of)?)));
    elements.collect::<Result<Object, _>>().map(Value::Map)
}

/// An object always has all of its attributes; those that the sender left out are null.
fn object(marker: Marker, from: &mut &[u8], attributes: &[Attribute]) -> Result<Value, DecodeError> {
    let mut object: Object = attributes.iter().map(|each| (each.name.to_owned(), Value::Null)).collect();
    for _ in 0..map_length(marker, from)? {
        let name = key(from)?;
        let attribute = attributes.iter().find(|each| each.name == name);
        let attribute = attribute.ok_or_else(|| DecodeError::NoSuchAttribute(name.clone()))?;
        object.insert(name, read(from, &attribute.of)?);
    }
    Ok(Value::Map(object))
}

fn map_length(marker: Marker, from: &mut &[u8]) -> Result<u32, DecodeError> {
    match marker {
        Marker::FixMap(length) => Ok(length.into()),
        Marker::Map16 => Ok(from.read_data_u16().map_err(truncated)?.into()),
        Marker::Map32 => from.read_data_u32().map_err(truncated),
        other => Err(mismatch("a map", other)),
    }
}

fn key(from: &mut &[u8]) -> Result<String, DecodeError> {
    let marker = marker(from)?;
    text(marker, from)
}

fn marker(from: &mut &[u8]) -> Result<Marker, DecodeError> {
    decode::read_marker(from).map_err(truncated)
}

fn take<'a>(from: &mut &'a [u8], length: usize) -> Result<&'a [u8], DecodeError> {
    from.split_off(..length).ok_or(DecodeError::Truncated)
}

/// Reading from memory fails in one way only.
fn truncated<E>(_: E) -> DecodeError {
    DecodeError::Truncated
}

fn mismatch(wanted: &'static str, found: Marker) -> DecodeError {
    DecodeError::Mismatch { wanted, found: format!("{found:?}") }
}

fn write(out: &mut Vec<u8>, value: &Value) {
    const INFALLIBLE: &str = "writing to memory does not fail";
    match value {
        Value::Null => encode::write_nil(out).expect(INFALLIBLE),
        // Extension 0 with one byte of no meaning.
        Value::Unknown => out.extend([0xd4, 0, 0]),
        Value::Bool(yes) => encode::write_bool(out, *yes).expect(INFALLIBLE),
        Value::Number(Number::Integer(integer)) => _ = encode::write_sint(out, *integer).expect(INFALLIBLE),
        Value::Number(Number::Float(bits)) => encode::write_f64(out, f64::from_bits(*bits)).expect(INFALLIBLE),
        Value::Number(Number::Decimal(digits)) => encode::write_str(out, digits).expect(INFALLIBLE),
        Value::Text(text) => encode::write_str(out, text).expect(INFALLIBLE),
        Value::List(elements) => write_elements(out, elements.len(), elements.iter()),
        Value::Set(elements) => write_elements(out, elements.iter().len(), elements.iter()),
        Value::Map(elements) => {
            encode::write_map_len(out, wire_length(elements.len())).expect(INFALLIBLE);
            for (key, element) in elements {
                encode::write_str(out, key).expect(INFALLIBLE);
                write(out, element);
            }
        }
    }
}

fn write_elements<'a>(out: &mut Vec<u8>, length: usize, elements: impl Iterator<Item = &'a Value>) {
    encode::write_array_len(out, wire_length(length)).expect("writing to memory does not fail");
    elements.for_each(|element| write(out, element));
}

fn wire_length(length: usize) -> u32 {
    u32::try_from(length).expect("a message of 256 MiB holds fewer than 2^32 elements")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn schema() -> Vec<Attribute> {
        vec![
            Attribute::text("text", ""),
            Attribute::integer("number", ""),
            Attribute::bool("bool", ""),
            Attribute::set_of_text("set", ""),
            Attribute::map_of_text("map", ""),
            Attribute::list_of_objects("list", vec![Attribute::text("inner", "")], ""),
        ]
    }

    fn maybe<T: Into<Value> + std::fmt::Debug + Clone + 'static>(
        known: impl Strategy<Value = T> + 'static,
    ) -> BoxedStrategy<Value> {
        prop_oneof![Just(Value::Null), Just(Value::Unknown), known.prop_map(Into::into)].boxed()
    }

    fn any_text() -> BoxedStrategy<Value> {
        maybe(any::<String>().prop_map(Value::Text))
    }

    prop_compose! {
        fn any_object()(
            text in any_text(),
            number in prop_oneof![maybe(any::<i64>()), any::<f64>().prop_map(|f| Value::Number(Number::from_float(f)))],
            bool in maybe(any::<bool>()),
            set in prop::collection::vec(any_text(), 0..40),
            map in prop::collection::btree_map(any::<String>(), any_text(), 0..20),
            list in prop::collection::vec(any_text(), 0..20),
        ) -> Value {
            let inner = |value| Value::Map(Object::from([("inner".to_owned(), value)]));
            Value::Map(Object::from([
                ("text".to_owned(), text),
                ("number".to_owned(), number),
                ("bool".to_owned(), bool),
                ("set".to_owned(), Value::Set(set.into_iter().collect())),
                ("map".to_owned(), Value::Map(map)),
                ("list".to_owned(), Value::List(list.into_iter().map(inner).collect())),
            ]))
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(value in any_object()) {
            prop_assert_eq!(decode(&encode(&value), &schema()), Ok(value));
        }

        #[test]
        fn no_bytes_at_all_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, &schema());
        }
    }

    #[test]
    fn refined_unknowns_are_unknown() {
        // {"text": ext 12 with {1: false, 2: "orders-"}}
        let mut bytes = vec![0x81, 0xa4];
        bytes.extend(b"text");
        bytes.extend([0xc7, 12, 12, 0x82, 1, 0xc2, 2, 0xa7]);
        bytes.extend(b"orders-");
        assert_eq!(decode(&bytes, &schema()).map(|value| value.attribute("text").clone()), Ok(Value::Unknown));
    }

    #[test]
    fn a_number_may_come_as_digits() {
        let mut bytes = vec![0x81, 0xa6];
        bytes.extend(b"number");
        bytes.extend([0xb8]);
        bytes.extend(b"123456789012345678901234");
        let number = decode(&bytes, &schema()).map(|value| value.attribute("number").clone());
        assert_eq!(number, Ok(Value::Number(Number::Decimal("123456789012345678901234".into()))));
    }

    #[test]
    fn the_wrong_type_is_named() {
        let error = decode(&[0x81, 0xa4, b'b', b'o', b'o', b'l', 0x01], &schema()).unwrap_err();
        assert_eq!(error, DecodeError::Mismatch { wanted: "a boolean", found: "FixPos(1)".into() });
    }
}
