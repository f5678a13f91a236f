//! One entry of the log: who did what to what, and what became of it.

use std::fmt;

use fanner_model::{CallerId, Digest};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::tree::leaf;

/// An entry. Its text is one line of JSON with the fields in this order; the text is what is stored and hashed, and it is
/// never written anew from an entry that was read, so what was hashed once stays what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub version: Version,
    /// Its number, counted from 0.
    pub seq: u64,
    /// When it was appended; never before the entry in front of it.
    pub at: Timestamp,
    /// Who did it.
    pub actor: CallerId,
    pub action: Action,
    pub subject: Subject,
    pub outcome: Outcome,
    /// Why it was refused, or what its author gave as the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The `x-request-id` of the answer, by which the log of the program has more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What the subject is from now on; `None`: it is gone, or nothing changed since it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<State>,
}

/// The format of an entry's text. There is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Version;

/// Declares a closed list of words: each variant and its text.
macro_rules! words {
    ($(#[$doc:meta])* $Type:ident { $($(#[$variant_doc:meta])* $Variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $Type {
            $($(#[$variant_doc])* #[serde(rename = $text)] $Variant,)*
        }

        impl $Type {
            /// The word as it stands in the entry.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $text,)*
                }
            }

            /// What that word stands for.
            pub fn named(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$Variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What is done to a subject.
    Action {
        /// Only as an attempt: reading that is allowed is not recorded.
        Read = "read",
        Create = "create",
        /// Creates or replaces.
        Put = "put",
        Delete = "delete",
        Approve = "approve",
        Reject = "reject",
        Withdraw = "withdraw",
        Revoke = "revoke",
        Extend = "extend",
        Attest = "attest",
        Reduce = "reduce",
        /// Nothing changed: somebody was reminded of its end.
        Remind = "remind",
    }
}

words! {
    /// The nouns, as they stand in the API's addresses.
    Noun {
        Streams = "streams",
        Subscriptions = "subscriptions",
        EventTypes = "event-types",
        Tokens = "tokens",
        Sessions = "sessions",
        Teams = "teams",
        Policies = "policies",
        Permissions = "permissions",
        Quarantines = "quarantines",
        BreakGlass = "break-glass",
        Requests = "requests",
        Grants = "grants",
        Campaigns = "campaigns",
        /// What others have no name for: the rest of the API, by its address.
        Other = "other",
    }
}

/// What an entry is about, such as `streams/fraud-signals`. The key is empty if it is about all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    pub noun: Noun,
    pub key: String,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Allowed,
    Refused,
}

/// The state of a subject, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct State(Box<RawValue>);

impl Entry {
    /// The text that is stored and hashed.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("an entry has text keys and cannot fail to serialize")
    }

    /// Reads an entry's text.
    ///
    /// # Errors
    /// It is not the text of an entry, or of a newer format.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        serde_json::from_str(text).map_err(Unreadable)
    }

    /// The leaf of the tree that the text of an entry is.
    pub fn leaf(text: &str) -> Digest {
        leaf(text.as_bytes())
    }
}

impl State {
    /// The state of a thing as the API shows it.
    pub fn of(thing: &impl Serialize) -> Self {
        let text = serde_json::to_string(thing).and_then(RawValue::from_string);
        Self(text.expect("the model's types have text keys and cannot fail to serialize"))
    }

    /// The thing that has this state.
    ///
    /// # Errors
    /// It is a thing of another kind.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        serde_json::from_str(self.0.get()).map_err(Unreadable)
    }

    /// Its JSON.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for State {}

impl Subject {
    /// The subject of that noun and key.
    pub fn new(noun: Noun, key: impl Into<String>) -> Self {
        Self { noun, key: key.into() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { noun, key } = self;
        if key.is_empty() { write!(f, "{noun}") } else { write!(f, "{noun}/{key}") }
    }
}

impl From<Version> for u8 {
    fn from(Version: Version) -> u8 {
        1
    }
}

impl TryFrom<u8> for Version {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        if number == 1 { Ok(Self) } else { Err(format!("format {number} is not known; a newer program can read it")) }
    }
}

/// A text that is not an entry, or a state that is not of this kind.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be read: {0}")]
pub struct Unreadable(serde_json::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_in_a_fixed_order() {
        let entry = entry();
        insta::assert_snapshot!(entry.text(), @r#"{"version":1,"seq":7,"at":"2026-05-04T03:02:01.000001Z","actor":"token:018f6b1e","action":"put","subject":{"noun":"teams","key":"fraud"},"outcome":"allowed","request":"r-1","after":{"active":true}}"#);
        assert_eq!(Entry::parse(&entry.text()).unwrap(), entry);
    }

    #[test]
    fn a_state_is_kept_byte_for_byte() {
        let text = entry().text().replace(r#"{"active":true}"#, r#"{ "active" : true, "more": 1.0 }"#);
        let read = Entry::parse(&text).unwrap();
        assert_eq!(read.after.as_ref().unwrap().as_str(), r#"{ "active" : true, "more": 1.0 }"#);
        assert_eq!(read.text(), text);
    }

    #[test]
    fn a_newer_format_is_not_taken_for_this_one() {
        let error = Entry::parse(&entry().text().replace(r#""version":1"#, r#""version":2"#)).unwrap_err().to_string();
        assert!(error.starts_with("it cannot be read: format 2 is not known"), "{error}");
    }

    fn entry() -> Entry {
        Entry {
            version: Version,
            seq: 7,
            at: "2026-05-04T03:02:01.000001Z".parse().unwrap(),
            actor: "token:018f6b1e".parse().unwrap(),
            action: Action::Put,
            subject: Subject::new(Noun::Teams, "fraud"),
            outcome: Outcome::Allowed,
            reason: None,
            request: Some("r-1".into()),
            after: Some(State::of(&serde_json::json!({"active": true}))),
        }
    }
}
