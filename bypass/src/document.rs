//! The documents in which AWS keeps policies: read once, and what cannot be read is an error.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::condition::Conditions;
use crate::pattern::{Target, matches, takes_in};
use crate::truth::Truth;

/// A policy's statements, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    #[serde(default, rename = "Statement", deserialize_with = "one_or_many")]
    pub(crate) statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    /// Whom it is about; `None`: those whom the policy is attached to.
    pub(crate) principals: Option<These<Named>>,
    /// In lower case, as actions are compared.
    actions: These<String>,
    /// `None`: that which the policy is attached to.
    resources: Option<These<String>>,
    pub(crate) conditions: Conditions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// Those that are named, or all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum These<T> {
    Only(Vec<T>),
    AllBut(Vec<T>),
}

/// Somebody, as policies name them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Everybody,
    /// An account's number: whomever that account lets.
    Account(String),
    /// An identity's ARN, or the unique id of one that was deleted.
    Identity(String),
    Service(String),
    /// An identity provider.
    Federated(String),
}

impl Document {
    /// Reads a policy's JSON.
    ///
    /// # Errors
    /// It is not the JSON of a policy.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        serde_json::from_str(text).map_err(|cause| DocumentError { cause: cause.to_string() })
    }
}

impl Statement {
    /// Whether it is about this action on this thing, whoever asks.
    pub(crate) fn is_about(&self, action: &str, target: &Target) -> Truth {
        let action = action.to_ascii_lowercase();
        let named = self.actions.truth(|pattern| Truth::is(matches(pattern, &action)));
        let things = self.resources.as_ref().map(|these| these.truth(|pattern| takes_in(pattern, target)));
        named.and(things.unwrap_or(Truth::Yes))
    }
}

impl<T> These<T> {
    /// Whether they include something, by what is asked of each.
    pub(crate) fn truth(&self, ask: impl Fn(&T) -> Truth) -> Truth {
        match self {
            Self::Only(items) => Truth::any(items.iter().map(ask)),
            Self::AllBut(items) => Truth::any(items.iter().map(ask)).not(),
        }
    }
}

/// A text that is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not the JSON of a policy: {cause}")]
pub struct DocumentError {
    cause: String,
}

/// A statement as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    sid: Option<String>,
    effect: Effect,
    principal: Option<Principals>,
    not_principal: Option<Principals>,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: Conditions,
}

impl TryFrom<Written> for Statement {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { sid, effect, principal, not_principal, action, not_action, resource, not_resource, condition } =
            written;
        Ok(Self {
            sid,
            effect,
            principals: these(principal.map(Principals::named), not_principal.map(Principals::named))?,
            actions: these(action.map(lower), not_action.map(lower))?.ok_or("a statement names no action")?,
            resources: these(resource.map(Vec::from), not_resource.map(Vec::from))?,
            conditions: condition,
        })
    }
}

fn lower(texts: OneOrMany<String>) -> Vec<String> {
    Vec::from(texts).into_iter().map(|text| text.to_ascii_lowercase()).collect()
}

fn these<T>(only: Option<Vec<T>>, all_but: Option<Vec<T>>) -> Result<Option<These<T>>, &'static str> {
    match (only, all_but) {
        (None, None) => Ok(None),
        (Some(only), None) => Ok(Some(These::Only(only))),
        (None, Some(all_but)) => Ok(Some(These::AllBut(all_but))),
        (Some(_), Some(_)) => Err("a statement has an element and its opposite"),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Principals {
    Text(String),
    Kinds(BTreeMap<String, OneOrMany<String>>),
}

impl Principals {
    fn named(self) -> Vec<Named> {
        match self {
            Self::Text(text) => vec![named("AWS", text)],
            Self::Kinds(kinds) => kinds
                .into_iter()
                .flat_map(|(kind, texts)| Vec::from(texts).into_iter().map(move |text| named(&kind, text)))
                .collect(),
        }
    }
}

fn named(kind: &str, text: String) -> Named {
    match (kind, text.as_str()) {
        (_, "*") => Named::Everybody,
        ("Service", _) => Named::Service(text),
        ("Federated", _) => Named::Federated(text),
        _ => match text.strip_suffix(":root").unwrap_or(&text).rsplit(':').next() {
            Some(account) if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) => {
                Named::Account(account.to_owned())
            }
            Some(_) | None => Named::Identity(text),
        },
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> From<OneOrMany<T>> for Vec<T> {
    fn from(items: OneOrMany<T>) -> Self {
        match items {
            OneOrMany::One(item) => vec![item],
            OneOrMany::Many(items) => items,
        }
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Statement>, D::Error> {
    // Read as values first: of an untagged enum the cause of an error would be lost.
    let items = match serde_json::Value::deserialize(from)? {
        serde_json::Value::Array(items) => items,
        one => vec![one],
    };
    items.into_iter().map(|item| serde_json::from_value(item).map_err(serde::de::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_principal_is_read() {
        let document = parsed(
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Principal": {
                "AWS": ["*", "123456789012", "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/a", "AROAEXAMPLE"],
                "Service": "firehose.amazonaws.com", "Federated": "cognito-identity.amazonaws.com"}}}"#,
        );
        let account = || Named::Account("123456789012".into());
        let identity = |text: &str| Named::Identity(text.into());
        assert_eq!(
            document.statements[0].principals,
            Some(These::Only(vec![
                Named::Everybody,
                account(),
                account(),
                identity("arn:aws:iam::123456789012:role/a"),
                identity("AROAEXAMPLE"),
                Named::Federated("cognito-identity.amazonaws.com".into()),
                Named::Service("firehose.amazonaws.com".into()),
            ]))
        );
    }

    #[test]
    fn actions_are_matched_without_case_and_things_with_it() {
        let document = parsed(
            r#"{"Statement": [{"Effect": "Allow", "Action": "KINESIS:getre*", "Resource": "arn:stream/ges"},
                              {"Effect": "Allow", "NotAction": ["iam:*"], "NotResource": "arn:stream/other"}]}"#,
        );
        let truths = |action: &str, thing: &str| -> Vec<_> {
            let target = Target::One(thing.into());
            document.statements.iter().map(|statement| statement.is_about(action, &target)).collect()
        };
        assert_eq!(truths("kinesis:GetRecords", "arn:stream/ges"), [Truth::Yes, Truth::Yes]);
        assert_eq!(truths("kinesis:GetRecords", "arn:stream/GES"), [Truth::No, Truth::Yes]);
        assert_eq!(truths("iam:PassRole", "arn:stream/other"), [Truth::No, Truth::No]);
    }

    #[test]
    fn what_is_not_a_policy_says_why() {
        let error = |text: &str| Document::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(error("nothing"), @"it is not the JSON of a policy: expected ident at line 1 column 2");
        insta::assert_snapshot!(error(r#"{"Statement": [{"Effect": "Allow"}]}"#), @"it is not the JSON of a policy: a statement names no action at line 1 column 36");
        insta::assert_snapshot!(error(r#"{"Statement": [{"Effect": "allow", "Action": "*"}]}"#), @"it is not the JSON of a policy: unknown variant `allow`, expected `Allow` or `Deny` at line 1 column 51");
    }

    fn parsed(text: &str) -> Document {
        Document::parse(text).unwrap()
    }
}
