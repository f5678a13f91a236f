//! Labels that people put on streams and event types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tags as AWS allows them: a key of 1 to 128 characters, a value of at most 256, at most 45 of them, since fanner needs
/// some of the 50 that Kinesis allows. Keys that start with `aws:` or `fanner:` are not the user's to set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = BTreeMap<String, String>))]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The most tags that one thing may carry.
    pub const MOST: usize = 45;

    /// Each key with its value, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<String, String>> for Tags {
    type Error = TagError;

    fn try_from(tags: BTreeMap<String, String>) -> Result<Self, TagError> {
        if Self::MOST < tags.len() {
            return Err(TagError(format!("{} tags are too many; use at most {}", tags.len(), Self::MOST)));
        }
        tags.iter().try_for_each(|(key, value)| check(key, value))?;
        Ok(Self(tags))
    }
}

impl From<Tags> for BTreeMap<String, String> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}

/// A tag that cannot be set, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TagError(String);

fn check(key: &str, value: &str) -> Result<(), TagError> {
    let refuse = |why: String| Err(TagError(why));
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    if key.is_empty() || 128 < key.chars().count() {
        return refuse(format!("tag key `{key}` is {} characters long; use 1 to 128", key.chars().count()));
    }
    if 256 < value.chars().count() {
        return refuse(format!(
            "the value of tag `{key}` is {} characters long; use at most 256",
            value.chars().count()
        ));
    }
    if let Some(found) = key.chars().chain(value.chars()).find(|&c| !allowed(c)) {
        return refuse(format!(
            "tag `{key}` contains `{}`; use letters, digits, spaces and `_.:/=+-@`",
            found.escape_debug()
        ));
    }
    for reserved in ["aws:", "fanner:"] {
        if key.to_lowercase().starts_with(reserved) {
            return refuse(format!("tag key `{key}` starts with `{reserved}`, which is reserved; choose another key"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_tags_are_kept() {
        let tags = tags([("cost-center", "fraud 7"), ("Owner", "a@b.c")]).unwrap();
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("Owner", "a@b.c"), ("cost-center", "fraud 7")]);
    }

    #[test]
    fn tags_that_aws_would_refuse_are_refused_with_the_reason() {
        let refused = |key: &str, value: &str| tags([(key, value)]).unwrap_err().to_string();
        assert_eq!(refused("aws:x", ""), "tag key `aws:x` starts with `aws:`, which is reserved; choose another key");
        assert_eq!(refused("", ""), "tag key `` is 0 characters long; use 1 to 128");
        assert_eq!(refused("a", "<"), "tag `a` contains `<`; use letters, digits, spaces and `_.:/=+-@`");
        assert_eq!(refused("a", &"x".repeat(257)), "the value of tag `a` is 257 characters long; use at most 256");
    }

    #[test]
    fn too_many_tags_are_refused() {
        let many = (0..46).map(|n| (n.to_string(), String::new())).collect::<BTreeMap<_, _>>();
        assert_eq!(Tags::try_from(many).unwrap_err().to_string(), "46 tags are too many; use at most 45");
    }

    fn tags<const N: usize>(pairs: [(&str, &str); N]) -> Result<Tags, TagError> {
        Tags::try_from(BTreeMap::from(pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))))
    }
}
