//! Masks: the fields of a JSON text that a consumer may not see become `null`, and every other byte stays as it was
//! produced. Pure. Whatever cannot be masked for certain is not masked at all, and then nothing may be delivered.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use fanner_model::FieldPath;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// `payload` with `null` for each field that `mask` names, however often it is there. Arrays on the way are passed through.
///
/// # Errors
/// The payload is not one JSON text, or nests too deeply.
pub(crate) fn masked(payload: &Bytes, mask: &BTreeSet<FieldPath>) -> Result<Bytes, Unmaskable> {
    let text = std::str::from_utf8(payload).map_err(serde_json::Error::custom)?;
    let paths: Vec<_> = mask.iter().map(FieldPath::as_str).collect();
    let mut found = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    Search { text, paths: &paths, found: &mut found }.deserialize(&mut json)?;
    json.end()?;
    Ok(if found.is_empty() { payload.clone() } else { nulled(text, &found).into() })
}

/// The payload's fields cannot be told apart.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unmaskable {
    #[error("the stream's mask needs a payload in JSON, and the envelope says that it is none")]
    Encoding,
    #[error("the stream's mask cannot be applied to a payload that is not sound JSON")]
    Text(#[from] serde_json::Error),
}

/// `text` with `null` in these places, which are in order and apart.
fn nulled(text: &str, places: &[Range<usize>]) -> String {
    let mut nulled = String::with_capacity(text.len());
    let mut done = 0;
    for place in places {
        nulled.push_str(&text[done..place.start]);
        nulled.push_str("null");
        done = place.end;
    }
    nulled + &text[done..]
}

/// Finds where the values of `paths` are, going only where one of them leads.
struct Search<'a, 'de> {
    text: &'de str,
    paths: &'a [&'a str],
    found: &'a mut Vec<Range<usize>>,
}

impl<'de> Search<'_, 'de> {
    fn within<'b>(&'b mut self, paths: &'b [&'b str]) -> Search<'b, 'de> {
        Search { text: self.text, paths, found: self.found }
    }

    /// Remembers where `value` is, which was borrowed from the text.
    fn note(&mut self, value: &'de RawValue) {
        let start = value.get().as_ptr().addr() - self.text.as_ptr().addr();
        self.found.push(start..start + value.get().len());
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        while let Some(name) = object.next_key::<String>()? {
            match step(self.paths, &name) {
                Step::Mask => self.note(object.next_value()?),
                Step::Enter(paths) => object.next_value_seed(self.within(&paths))?,
                Step::Leave => _ = object.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<(), A::Error> {
        let paths = self.paths;
        while array.next_element_seed(self.within(paths))?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// What to do with the value of a field.
enum Step<'a> {
    Mask,
    Enter(Vec<&'a str>),
    Leave,
}

/// What `paths` say about the field `name`. One whose name has dots in it is masked by a path that reads the same.
fn step<'a>(paths: &[&'a str], name: &str) -> Step<'a> {
    let mut further = Vec::new();
    for path in paths {
        match path.strip_prefix(name) {
            Some("") => return Step::Mask,
            Some(rest) => further.extend(rest.strip_prefix('.')),
            None => (),
        }
    }
    if further.is_empty() { Step::Leave } else { Step::Enter(further) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    #[test]
    fn a_masked_field_is_null_and_every_other_byte_stays() {
        let text = r#"{ "n": 1.50e2, "member": {"email" : "a@b" , "age":007e0}, "a":[1 ]}"#.replace("007e0", "7E0");
        let masked = mask(&text, &["member.email", "nowhere"]).unwrap();
        assert_eq!(masked, text.replace("\"a@b\"", "null"));
        assert_eq!(mask(&text, &["member", "member.email"]).unwrap(), r#"{ "n": 1.50e2, "member": null, "a":[1 ]}"#);
    }

    #[test]
    fn arrays_on_the_way_are_passed_through() {
        let text = r#"[{"users":[[{"id":1}],{"id":[2]},3]}]"#;
        assert_eq!(mask(text, &["users.id"]).unwrap(), r#"[{"users":[[{"id":null}],{"id":null},3]}]"#);
    }

    #[test]
    fn no_spelling_of_a_name_hides_a_field() {
        let text = r#"{"email":1,"email":2,"\u0065mail":3,"a.b":4,"a":{"b":5}}"#;
        assert_eq!(
            mask(text, &["email", "a.b"]).unwrap(),
            r#"{"email":null,"email":null,"\u0065mail":null,"a.b":null,"a":{"b":null}}"#
        );
    }

    #[test]
    fn what_is_not_one_sound_json_text_is_not_masked() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "{} {}", "{'a': 1}", r#"{"\ud800": 1}"#, &deep, "\u{feff}{}", "{\"a\":1}\0"] {
            assert!(mask(text, &["a"]).is_err(), "{text:.20}");
        }
        assert!(masked(&Bytes::from_static(b"{\"b\":\"\xff\"}"), &paths(&["a"])).is_err());
    }

    proptest! {
        #[test]
        fn a_mask_nulls_what_it_names_and_nothing_else(value in any_json(), paths_of in any_mask()) {
            let text = serde_json::to_string_pretty(&value).unwrap();
            let names: Vec<_> = paths_of.iter().map(String::as_str).collect();
            let masked: Value = serde_json::from_str(&mask(&text, &names).unwrap()).unwrap();
            let expected = paths_of.iter().fold(value, |value, path| without(value, &path.split('.').collect::<Vec<_>>()));
            prop_assert_eq!(masked, expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = masked(&bytes.into(), &paths(&["a"]));
        }
    }

    /// The slow and obvious way to mask.
    fn without(value: Value, path: &[&str]) -> Value {
        let entry = |(name, value): (String, Value)| match path {
            [last] if *last == name => (name, Value::Null),
            [first, rest @ ..] if *first == name => (name, without(value, rest)),
            _ => (name, value),
        };
        match value {
            Value::Object(fields) => fields.into_iter().map(entry).collect::<Map<_, _>>().into(),
            Value::Array(items) => items.into_iter().map(|item| without(item, path)).collect(),
            scalar => scalar,
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![any::<i64>().prop_map(Value::from), ".{0,6}".prop_map(Value::from), Just(Value::Null)];
        scalar.prop_recursive(5, 40, 5, |inner| {
            let fields = prop::collection::vec(("[abc]", inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                fields.prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    fn any_mask() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[abc](\\.[abc]){0,2}", 1..4)
    }

    fn mask(text: &str, mask: &[&str]) -> Result<String, Unmaskable> {
        masked(&Bytes::from(text.to_owned()), &paths(mask)).map(|masked| String::from_utf8(masked.into()).unwrap())
    }

    fn paths(mask: &[&str]) -> BTreeSet<FieldPath> {
        mask.iter().map(|path| path.parse().unwrap()).collect()
    }
}
