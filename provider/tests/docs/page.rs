//! One page of the Registry: a schema and its examples as Markdown.

use std::fmt::Write;

use terraform_provider_fanner::plugin::schema::{Attribute, Schema, SetBy};
use terraform_provider_fanner::plugin::value::{Number, Value};

/// What a page is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Provider,
    Resource,
    DataSource,
}

/// The examples of a page.
pub(crate) struct Example {
    pub(crate) usage: String,
    pub(crate) import: Option<String>,
}

/// The page of `name`.
pub(crate) fn page(kind: Kind, name: &str, schema: &Schema, example: &Example) -> String {
    let (title, heading) = match kind {
        Kind::Provider => (format!("{name} Provider"), format!("{name} Provider")),
        Kind::Resource => (format!("{name} Resource - fanner"), format!("{name} (Resource)")),
        Kind::DataSource => (format!("{name} Data Source - fanner"), format!("{name} (Data Source)")),
    };
    let mut page = format!(
        "---\npage_title: \"{title}\"\nsubcategory: \"\"\ndescription: |-\n  {summary}\n---\n\n# {heading}\n\n{description}\n\n\
         ## Example Usage\n\n```terraform\n{usage}```\n\n<!-- generated from the schema; do not edit -->\n## Schema\n",
        summary = schema.description.split_inclusive(". ").next().unwrap_or_default().trim_end(),
        description = schema.description,
        usage = example.usage,
    );
    groups(&mut page, "### ", "", &schema.attributes);
    nested(&mut page, "", &schema.attributes);
    if let Some(import) = &example.import {
        write!(page, "\n## Import\n\n```shell\n{import}```\n").unwrap();
    }
    page
}

/// Attributes under the three headings that the Registry has. `above` is the anchor of the object that they are in.
fn groups(page: &mut String, mark: &str, above: &str, attributes: &[Attribute]) {
    let titles: [(&str, &[SetBy]); 3] = [
        ("Required", &[SetBy::UserAlways]),
        ("Optional", &[SetBy::User, SetBy::UserOrProvider]),
        ("Read-Only", &[SetBy::Provider]),
    ];
    for (title, set_by) in titles {
        let mut of_group: Vec<_> = attributes.iter().filter(|each| set_by.contains(&each.set_by)).collect();
        of_group.sort_by_key(|each| each.name);
        if !of_group.is_empty() {
            let colon = if mark.is_empty() { ":" } else { "" };
            write!(page, "\n{mark}{title}{colon}\n\n").unwrap();
            of_group.into_iter().for_each(|attribute| line(page, above, attribute));
        }
    }
}

fn line(page: &mut String, above: &str, attribute: &Attribute) {
    let sensitive = if attribute.is_sensitive { ", Sensitive" } else { "" };
    write!(page, "- `{}` ({}{sensitive}) {}", attribute.name, attribute.type_words(), attribute.description).unwrap();
    if let Some(default) = &attribute.default {
        write!(page, " Default: `{}`.", written(default)).unwrap();
    }
    if attribute.of.nested().is_some() {
        write!(page, " (see [below for nested schema](#nestedatt--{}))", anchor(above, attribute)).unwrap();
    }
    page.push('\n');
}

/// The objects inside, each under an anchor of its own.
fn nested(page: &mut String, above: &str, attributes: &[Attribute]) {
    for attribute in attributes {
        let Some(inner) = attribute.of.nested() else { continue };
        let anchor = anchor(above, attribute);
        let path = anchor.replace("--", ".");
        write!(page, "\n<a id=\"nestedatt--{anchor}\"></a>\n### Nested Schema for `{path}`\n").unwrap();
        groups(page, "", &anchor, inner);
        nested(page, &anchor, inner);
    }
}

fn anchor(above: &str, attribute: &Attribute) -> String {
    match above {
        "" => attribute.name.to_owned(),
        above => format!("{above}--{}", attribute.name),
    }
}

fn written(default: &Value) -> String {
    match default {
        Value::Text(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(Number::Integer(integer)) => integer.to_string(),
        other => format!("{other:?}"),
    }
}
