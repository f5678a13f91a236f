//! Tags on a stream or a consumer.

use std::collections::BTreeMap;

use crate::kinesis::error::Error;

/// The most tags that one thing can have.
const MOST: usize = 50;

/// Adds `new` to `tags`. Errors with `InvalidArgument` when one is not allowed or there would be too many.
pub(crate) fn add(tags: &mut BTreeMap<String, String>, new: BTreeMap<String, String>) -> Result<(), Error> {
    new.iter().try_for_each(|(key, value)| check(key, value))?;
    let count = tags.len() + new.keys().filter(|key| !tags.contains_key(*key)).count();
    if count > MOST {
        return Err(Error::invalid(format!("there would be {count} tags; at most {MOST} are allowed")));
    }
    tags.extend(new);
    Ok(())
}

fn check(key: &str, value: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@%".contains(c);
    if key.is_empty() || key.chars().count() > 128 {
        return Err(Error::validation(format!("tag key `{key}` must be 1 to 128 characters long")));
    }
    if value.chars().count() > 256 {
        return Err(Error::validation(format!("the value of tag `{key}` must be at most 256 characters long")));
    }
    if key.to_lowercase().starts_with("aws:") {
        return Err(Error::invalid(format!("tag key `{key}` begins with `aws:`, which is reserved")));
    }
    match key.chars().chain(value.chars()).find(|&c| !allowed(c)) {
        Some(found) => Err(Error::invalid(format!(
            "tag `{key}` contains `{found}`; use letters, digits, spaces and _ . : / = + - @ %"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(count: usize, new: &[(&str, &str)]) -> Result<usize, String> {
        let mut tags = (0..count).map(|nth| (format!("key{nth}"), String::new())).collect();
        let new = new.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        add(&mut tags, new).map(|()| tags.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn fifty_tags_fit_and_replacing_one_needs_no_room() {
        assert_eq!(added(49, &[("team", "a b")]), Ok(50));
        assert_eq!(added(50, &[("key7", "new")]), Ok(50));
        let refusal = "InvalidArgumentException: there would be 51 tags; at most 50 are allowed";
        assert_eq!(added(50, &[("team", "")]), Err(refusal.into()));
    }

    #[test]
    fn forbidden_tags_are_refused_with_the_reason() {
        let refusal = "InvalidArgumentException: tag key `AWS:x` begins with `aws:`, which is reserved";
        assert_eq!(added(0, &[("AWS:x", "")]), Err(refusal.into()));
        assert!(added(0, &[("a;b", "")]).unwrap_err().contains("contains `;`"));
        assert!(added(0, &[("", "")]).is_err());
        assert!(added(0, &[("a", &"v".repeat(257))]).is_err());
    }
}
