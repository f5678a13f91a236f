//! Names that people write. Text becomes one of these types once, at the edge; after that every name is a good one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares a text type: what it is called in messages, and the rule that its text obeys.
macro_rules! text_type {
    ($(#[$doc:meta])* $Type:ident, $noun:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        pub struct $Type(String);

        impl $Type {
            /// The text as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $Type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> Result<(), String> = $check;
                match check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(problem) => Err(NameError { noun: $noun, text: text.to_owned(), problem }),
                }
            }
        }

        impl TryFrom<String> for $Type {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$Type> for String {
            fn from(name: $Type) -> String {
                name.0
            }
        }

        impl AsRef<str> for $Type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_type! {
    /// A stream's name, which is also its name in Kinesis: `a-z`, `A-Z`, `0-9`, `_`, `.` and `-`, 1 to 128 long, unique in one fanner.
    /// Source: Kinesis `CreateStream`, parameter `StreamName`.
    StreamName, "stream name", |text| {
        length(text, 1, 128)?;
        characters(text, "a-z, A-Z, 0-9, `_`, `.` and `-`", |c| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' | '-'))
    }
}

text_type! {
    /// An event type's name: a lower-case letter, then `a-z`, `0-9`, `_`, `.` and `-`, at most 100 long. Short enough that
    /// `<event_name>/<event_id>` fits a Kinesis partition key (256 characters).
    EventName, "event name", |text| {
        length(text, 1, 100)?;
        characters(text, "a-z, 0-9, `_`, `.` and `-`", |c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.' | '-'))?;
        first_is_letter(text)
    }
}

impl EventName {
    /// The one of `names` that whoever wrote this one may have meant.
    pub fn meant<'a>(&self, names: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        let distance = |name: &Self| strsim::damerau_levenshtein(name.as_str(), self.as_str());
        let (distance, nearest) = names.into_iter().map(|name| (distance(name), name)).min()?;
        (distance <= 1 + self.as_str().len() / 5).then_some(nearest)
    }
}

text_type! {
    /// A team's name: a lower-case letter, then `a-z`, `0-9` and `-`, at most 64 long.
    TeamName, "team name", slug
}

text_type! {
    /// Why a consumer wants events: a lower-case letter, then `a-z`, `0-9` and `-`, at most 64 long.
    Purpose, "purpose", slug
}

text_type! {
    /// The name a fanner process gives itself, stable over restarts: `a-z`, `A-Z`, `0-9`, `_`, `.` and `-`, 1 to 128 long.
    WorkerId, "worker name", |text| {
        length(text, 1, 128)?;
        characters(text, "a-z, A-Z, 0-9, `_`, `.` and `-`", |c| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' | '-'))
    }
}

text_type! {
    /// A training that a team can have had, such as `pii-2026`: a lower-case letter, then `a-z`, `0-9` and `-`, at most 64 long.
    Training, "training", slug
}

text_type! {
    /// The name of a document of access policies: a lower-case letter, then `a-z`, `0-9` and `-`, at most 64 long. `impact` is none:
    /// under its address the API says what a change of policies would do.
    PolicyName, "policy name", |text| match text {
        "impact" => Err("is an address of its own in the API; choose another".into()),
        _ => slug(text),
    }
}

text_type! {
    /// Where a field is in a JSON payload: its name, after those of the objects around it, such as `member.email`. Lists on the
    /// way are passed through: `members.email` is the field of every member.
    FieldPath, "field path", |text| {
        length(text, 1, 200)?;
        characters(text, "a-z, A-Z, 0-9, `_` and `-`, with `.` between names", |c| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' | '-'))?;
        match text.split('.').any(str::is_empty) {
            true => Err("has an empty name; write it like `member.email`".into()),
            false => Ok(()),
        }
    }
}

text_type! {
    /// Who called: `token:…`, `user:…`, `workload:…` or `aws:…`, stable over the calls of one caller; 1 to 256 printable
    /// characters without spaces.
    CallerId, "caller", |text| {
        length(text, 1, 256)?;
        characters(text, "printable characters without spaces", |c| c.is_ascii_graphic())
    }
}

text_type! {
    /// The ARN of an IAM role that may read a stream: `arn:aws:iam::123456789012:role/name`.
    RoleArn, "role", |text| match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", partition, "iam", "", account, role]
            if partition.starts_with("aws") && is_account(account) && role.strip_prefix("role/").is_some_and(is_path) => Ok(()),
        _ => Err("is not an IAM role; write it like `arn:aws:iam::123456789012:role/fraud-reader`".into()),
    }
}

text_type! {
    /// The name of an application of the Kinesis Client Library, which names its tables in DynamoDB and its numbers in CloudWatch:
    /// `a-z`, `A-Z`, `0-9`, `_`, `.` and `-`, 3 to 200 long, so that there is room in a table's name for what comes after it.
    ApplicationName, "application", |text| {
        length(text, 3, 200)?;
        characters(text, "a-z, A-Z, 0-9, `_`, `.` and `-`", |c| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' | '-'))
    }
}

impl ApplicationName {
    /// Whether it is in a team's name space: `<team>.<name>`. No team's name contains a `.`, so it is in one at most.
    pub fn is_of(&self, team: &TeamName) -> bool {
        self.0.split_once('.').is_some_and(|(of, name)| of == team.as_str() && !name.is_empty())
    }
}

text_type! {
    /// The name of a thing in AWS: `arn:`, partition, service, region, account and resource, with `:` between.
    Arn, "ARN", |text| {
        length(text, 1, 2048)?;
        characters(text, "printable characters without spaces", |c| c.is_ascii_graphic())?;
        match text.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", partition, service, _, account, resource]
                if partition.starts_with("aws") && !service.is_empty() && is_account(account) && !resource.is_empty() => Ok(()),
            _ => Err("is not an ARN; write it like `arn:aws:iam::123456789012:role/fanner`".into()),
        }
    }
}

text_type! {
    /// The KMS key that encrypts a stream: a key's ARN, or an alias such as `alias/aws/kinesis`.
    KmsKey, "KMS key", |text| match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        [alias] if alias.strip_prefix("alias/").is_some_and(is_path) => Ok(()),
        ["arn", partition, "kms", region, account, key]
            if partition.starts_with("aws") && !region.is_empty() && is_account(account)
                && key.strip_prefix("key/").or(key.strip_prefix("alias/")).is_some_and(is_path) => Ok(()),
        _ => Err("is not a KMS key; write it like `arn:aws:kms:eu-west-1:123456789012:key/…` or `alias/aws/kinesis`".into()),
    }
}

/// Why a text is not such a name: the text as it was written, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{noun} `{text}` {problem}")]
pub struct NameError {
    noun: &'static str,
    text: String,
    problem: String,
}

fn slug(text: &str) -> Result<(), String> {
    length(text, 1, 64)?;
    characters(text, "a-z, 0-9 and `-`", |c| matches!(c, 'a'..='z' | '0'..='9' | '-'))?;
    first_is_letter(text)
}

fn length(text: &str, shortest: usize, longest: usize) -> Result<(), String> {
    match text.chars().count() {
        0 => Err(format!("is empty; use {shortest} to {longest} characters")),
        count if count < shortest || longest < count => {
            Err(format!("is {count} characters long; use {shortest} to {longest}"))
        }
        _ => Ok(()),
    }
}

fn characters(text: &str, allowed: &str, is_allowed: fn(char) -> bool) -> Result<(), String> {
    match text.chars().find(|&c| !is_allowed(c)) {
        Some(found) => Err(format!("contains `{}`; use only {allowed}", found.escape_debug())),
        None => Ok(()),
    }
}

fn first_is_letter(text: &str) -> Result<(), String> {
    match text.chars().next() {
        Some('a'..='z') => Ok(()),
        _ => Err("does not start with a letter; start it with a-z".into()),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_print_as_they_were_written() {
        assert_eq!(parsed::<StreamName>("Fraud_signals.v2-eu"), "Fraud_signals.v2-eu");
        assert_eq!(parsed::<EventName>("card_swiped"), "card_swiped");
        assert_eq!(parsed::<TeamName>("fraud-ds"), "fraud-ds");
        assert_eq!(parsed::<FieldPath>("member.home_address.street"), "member.home_address.street");
        assert_eq!(
            parsed::<RoleArn>("arn:aws:iam::123456789012:role/team/reader"),
            "arn:aws:iam::123456789012:role/team/reader"
        );
        assert_eq!(parsed::<KmsKey>("alias/aws/kinesis"), "alias/aws/kinesis");
        assert_eq!(parsed::<Arn>("arn:aws:iam::123456789012:user/jo"), "arn:aws:iam::123456789012:user/jo");
    }

    #[test]
    fn bad_names_say_what_would_be_right() {
        assert_eq!(
            parsed::<StreamName>("fraud signals"),
            "stream name `fraud signals` contains ` `; use only a-z, A-Z, 0-9, `_`, `.` and `-`"
        );
        assert_eq!(parsed::<StreamName>(""), "stream name `` is empty; use 1 to 128 characters");
        assert_eq!(parsed::<EventName>("Card"), "event name `Card` contains `C`; use only a-z, 0-9, `_`, `.` and `-`");
        assert_eq!(
            parsed::<EventName>("9lives"),
            "event name `9lives` does not start with a letter; start it with a-z"
        );
        assert_eq!(
            parsed::<TeamName>(&"a".repeat(65)),
            format!("team name `{}` is 65 characters long; use 1 to 64", "a".repeat(65))
        );
        assert_eq!(
            parsed::<FieldPath>("member..email"),
            "field path `member..email` has an empty name; write it like `member.email`"
        );
        assert_eq!(
            parsed::<RoleArn>("arn:aws:iam::1:role/x"),
            "role `arn:aws:iam::1:role/x` is not an IAM role; write it like `arn:aws:iam::123456789012:role/fraud-reader`"
        );
    }

    #[test]
    fn an_application_is_in_the_name_space_of_one_team() {
        let is_of = |name: &str, team: &str| name.parse::<ApplicationName>().unwrap().is_of(&team.parse().unwrap());
        assert!(is_of("fraud.scores.v2", "fraud"));
        for (name, team) in
            [("fraud-ds.scores", "fraud"), ("fraud", "fraud"), ("fraud.", "fraud"), ("fraud-scores", "fraud")]
        {
            assert!(!is_of(name, team), "{name}");
        }
        assert_eq!(
            parsed::<ApplicationName>("fraud/scores"),
            "application `fraud/scores` contains `/`; use only a-z, A-Z, 0-9, `_`, `.` and `-`"
        );
    }

    #[test]
    fn json_is_checked_as_text_is() {
        assert!(serde_json::from_str::<StreamName>("\"a b\"").is_err());
        assert_eq!(serde_json::to_string(&"a-b".parse::<StreamName>().unwrap()).unwrap(), "\"a-b\"");
    }

    fn parsed<T: FromStr<Err = NameError> + fmt::Display>(text: &str) -> String {
        match text.parse::<T>() {
            Ok(name) => name.to_string(),
            Err(error) => error.to_string(),
        }
    }
}
