//! The conditions of a statement: judged as far as the keys they ask for are known, and told in words otherwise.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::pattern::matches;
use crate::truth::Truth;

/// What is known about a request: condition keys in lower case, with their values.
pub(crate) type Context = BTreeMap<String, String>;

/// Operator × key → values; all of them must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<String, BTreeMap<String, Value>>")]
pub(crate) struct Conditions(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

impl Conditions {
    pub(crate) fn hold(&self, context: &Context) -> Truth {
        Truth::all(self.0.iter().map(|condition| condition.holds(context)))
    }

    /// Whether they admit only certain values of a key that ends so, such as `:sub` of an identity provider.
    pub(crate) fn pin(&self, suffix: &str) -> bool {
        let is_pinned = |value: &String| value.chars().any(|c| c != '*' && c != '?');
        self.0.iter().any(|condition| {
            let Condition { operator, key, values } = condition;
            matches!(operator.as_str(), "StringEquals" | "StringLike" | "StringEqualsIgnoreCase")
                && key.to_ascii_lowercase().ends_with(suffix)
                && values.iter().all(is_pinned)
        })
    }
}

impl Condition {
    fn holds(&self, context: &Context) -> Truth {
        let operator = self.operator.strip_suffix("IfExists").unwrap_or(&self.operator);
        let (Some(known), Some((compare, is_positive))) =
            (context.get(&self.key.to_ascii_lowercase()), comparison(operator))
        else {
            return Truth::only_if(self.to_string());
        };
        if self.values.iter().any(|value| value.contains("${")) {
            return Truth::only_if(self.to_string());
        }
        Truth::is(self.values.iter().any(|value| compare(value, known)) == is_positive)
    }
}

/// Compares a value of the policy with one of the request.
type Compare = fn(&str, &str) -> bool;

/// How an operator compares, and whether the values must agree.
fn comparison(operator: &str) -> Option<(Compare, bool)> {
    let equals: Compare = |one, other| one == other;
    Some(match operator {
        "StringEquals" => (equals, true),
        "StringNotEquals" => (equals, false),
        "StringEqualsIgnoreCase" | "Bool" => (str::eq_ignore_ascii_case, true),
        "StringNotEqualsIgnoreCase" => (str::eq_ignore_ascii_case, false),
        "StringLike" | "ArnLike" | "ArnEquals" => (matches, true),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (matches, false),
        _ => return None,
    })
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { operator, key, values } = self;
        let values = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
        write!(f, "`{key}` {operator} {values}")
    }
}

impl From<BTreeMap<String, BTreeMap<String, Value>>> for Conditions {
    fn from(operators: BTreeMap<String, BTreeMap<String, Value>>) -> Self {
        let all = operators.into_iter().flat_map(|(operator, keys)| {
            keys.into_iter().map(move |(key, values)| Condition {
                operator: operator.clone(),
                key,
                values: texts(&values),
            })
        });
        Self(all.collect())
    }
}

/// One value or many, as the texts that they are compared as: policies write `true` and `"true"` alike.
fn texts(values: &Value) -> Vec<String> {
    match values {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_key_is_judged() {
        assert_eq!(holds(r#"{"StringEquals": {"kms:EncryptionContext:aws:kinesis:arn": "arn:ges"}}"#), Truth::Yes);
        assert_eq!(holds(r#"{"StringEquals": {"kms:EncryptionContext:aws:kinesis:arn": "arn:other"}}"#), Truth::No);
        assert_eq!(holds(r#"{"ArnNotLike": {"aws:PrincipalArn": ["arn:role/f*", "arn:role/x"]}}"#), Truth::No);
        assert_eq!(holds(r#"{"StringNotEqualsIfExists": {"AWS:principalarn": "arn:role/x"}}"#), Truth::Yes);
        assert_eq!(holds(r#"{"Bool": {"aws:SecureTransport": false}}"#), Truth::No);
    }

    #[test]
    fn what_cannot_be_judged_is_told() {
        let source = "`aws:SourceIp` IpAddress `10.0.0.0/8` or `::1`".to_owned();
        assert_eq!(holds(r#"{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1"]}}"#), Truth::only_if(source));
        let tag = "`aws:PrincipalArn` StringEquals `${aws:PrincipalTag/arn}`".to_owned();
        assert_eq!(holds(r#"{"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalTag/arn}"}}"#), Truth::only_if(tag));
        let many = "`aws:PrincipalArn` ForAnyValue:StringLike `*`".to_owned();
        assert_eq!(holds(r#"{"ForAnyValue:StringLike": {"aws:PrincipalArn": "*"}}"#), Truth::only_if(many));
    }

    #[test]
    fn all_must_hold() {
        let both = r#"{"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalArn": "arn:role/x"}}"#;
        assert_eq!(holds(both), Truth::No);
        assert_eq!(holds("{}"), Truth::Yes);
    }

    #[test]
    fn only_a_value_that_is_written_pins_a_key() {
        let pins = |text: &str| serde_json::from_str::<Conditions>(text).unwrap().pin(":sub");
        assert!(pins(
            r#"{"StringEquals": {"oidc.eks.amazonaws.com/id/1:sub": "system:serviceaccount:fanner:fanner"}}"#
        ));
        assert!(!pins(r#"{"StringLike": {"oidc.eks.amazonaws.com/id/1:sub": "*"}}"#));
        assert!(!pins(r#"{"StringEquals": {"oidc.eks.amazonaws.com/id/1:aud": "sts.amazonaws.com"}}"#));
    }

    fn holds(conditions: &str) -> Truth {
        let context = [
            ("aws:principalarn", "arn:role/fanner"),
            ("aws:securetransport", "true"),
            ("kms:encryptioncontext:aws:kinesis:arn", "arn:ges"),
        ];
        let context = context.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        serde_json::from_str::<Conditions>(conditions).unwrap().hold(&context)
    }
}
