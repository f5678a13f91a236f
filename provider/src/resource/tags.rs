//! `tags` and `tags_all`: a resource's own tags, and those with the provider's default tags below them.

use std::collections::BTreeMap;

use fanner_model::Tags;

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{TextMap, Typed};
use crate::plugin::schema::Attribute;
use crate::plugin::value::Object;

/// The attributes `tags` and `tags_all`.
pub(crate) fn attributes() -> [Attribute; 2] {
    [
        Attribute::map_of_text("tags", "Labels. They win over the provider's `default_tags` where both name a key."),
        Attribute::map_of_text("tags_all", "All tags: the provider's `default_tags`, and `tags` over them.").computed(),
    ]
}

/// Refuses tags that AWS would refuse.
pub(crate) fn validate(tags: &TextMap) -> Option<Diagnostic> {
    merged(&Tags::default(), tags).err()
}

/// `tags_all` as far as it is known before apply.
pub(crate) fn foresee(defaults: &Tags, tags: &TextMap) -> Object {
    match merged(defaults, tags) {
        Ok(all) if tags.is_wholly_known() => {
            Object::from([("tags_all".to_owned(), all.iter().collect::<TextMap>().into_value())])
        }
        Ok(_) | Err(_) => Object::new(),
    }
}

/// The default tags with the known ones of `tags` over them.
pub(crate) fn merged(defaults: &Tags, tags: &TextMap) -> Result<Tags, Diagnostic> {
    let mut all: BTreeMap<String, String> = defaults.clone().into();
    all.extend(plain(tags));
    Tags::try_from(all).map_err(|error| Diagnostic::error("Invalid tags", error).at("tags"))
}

/// The value of `tags`, given all tags that there are: without those that the provider adds by itself, now or when
/// `tags` and `tags_all` were `before`.
pub(crate) fn own<'a>(
    all: impl Iterator<Item = (&'a str, &'a str)>,
    defaults: &Tags,
    before: (&TextMap, &TextMap),
) -> TextMap {
    let (tags_before, all_before) = (plain(before.0), plain(before.1));
    let is_default = |(key, value): (&str, &str)| {
        let was_added = all_before.get(key).is_some_and(|before| before == value);
        was_added || defaults.iter().any(|default| default == (key, value))
    };
    let own = all.filter(|tag| tags_before.contains_key(tag.0) || !is_default(*tag));
    own.collect::<TextMap>().unless_empty(before.0)
}

fn plain(tags: &TextMap) -> BTreeMap<String, String> {
    tags.texts().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::field::Field;

    fn all(tags: &[(&str, &str)]) -> Tags {
        let tags = tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        Tags::try_from(tags.collect::<BTreeMap<_, _>>()).unwrap()
    }

    fn text_map(tags: &[(&str, &str)]) -> TextMap {
        tags.iter().copied().collect()
    }

    #[test]
    fn default_tags_are_not_shown_as_the_resources_own() {
        let defaults = all(&[("org", "acme")]);
        let merged = merged(&defaults, &text_map(&[("team", "fraud")])).unwrap();
        assert_eq!(merged, all(&[("org", "acme"), ("team", "fraud")]));
        assert_eq!(own(merged.iter(), &defaults, (&Field::Null, &Field::Null)), text_map(&[("team", "fraud")]));
        assert_eq!(own(defaults.iter(), &defaults, (&Field::Null, &Field::Null)), Field::Null);
    }

    #[test]
    fn a_tag_that_repeats_a_default_stays_the_resources_own() {
        let (defaults, tags) = (all(&[("org", "acme")]), text_map(&[("org", "acme")]));
        assert_eq!(own(defaults.iter(), &defaults, (&tags, &tags)), tags);
    }

    #[test]
    fn a_tag_that_somebody_changed_is_seen() {
        let seen = all(&[("org", "other"), ("team", "ads")]);
        let before = (&text_map(&[("team", "fraud")]), &text_map(&[("org", "acme"), ("team", "fraud")]));
        let found = own(seen.iter(), &all(&[("org", "acme")]), before);
        assert_eq!(found, text_map(&[("org", "other"), ("team", "ads")]));
    }

    #[test]
    fn a_default_tag_of_yesterday_does_not_become_the_resources_own() {
        let seen = all(&[("org", "acme")]);
        let found = own(seen.iter(), &all(&[("org", "new name")]), (&Field::Null, &text_map(&[("org", "acme")])));
        assert_eq!(found, Field::Null);
    }

    #[test]
    fn tags_that_aws_refuses_are_refused_at_tags() {
        let refused = validate(&text_map(&[("aws:x", "")])).unwrap();
        assert_eq!(refused.path, "tags".into());
        assert!(refused.detail.contains("reserved"), "{}", refused.detail);
    }
}
