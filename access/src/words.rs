//! The words of policies: `@reason` and `@remedy`, with facts of the question filled in.

use std::fmt;
use std::str::FromStr;

use crate::Policies;

/// What a policy says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// Why it permits or forbids.
    pub(crate) reason: Option<Sentence>,
    /// What would help against it.
    pub(crate) remedy: Option<Sentence>,
}

/// A text with gaps for facts, such as `{team}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Gap(Gap),
}

/// Declares the facts that can fill a gap.
macro_rules! gaps {
    ($($Gap:ident = $name:literal),* $(,)?) => {
        /// A fact that can be filled in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Gap { $($Gap),* }

        impl Gap {
            const NAMES: &[&str] = &[$($name),*];

            fn called(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$Gap),)*
                    _ => None,
                }
            }
        }
    };
}

gaps! {
    Stream = "stream",
    Team = "team",
    Clearance = "clearance",
    Event = "event",
    Owner = "owner",
    Classification = "classification",
    SensitiveFields = "sensitive_fields",
    Purposes = "purposes",
    Purpose = "purpose",
    Quarantine = "quarantine",
    Approver = "approver",
    Days = "days",
}

impl Words {
    /// Reads the annotations of a policy.
    pub(crate) fn parse(reason: Option<&str>, remedy: Option<&str>) -> Result<Self, String> {
        let read = |name, text: Option<&str>| match text.map(str::parse::<Sentence>).transpose() {
            Ok(sentence) => Ok(sentence),
            Err(problem) => Err(format!("`@{name}` {problem}")),
        };
        Ok(Self { reason: read("reason", reason)?, remedy: read("remedy", remedy)? })
    }
}

impl Policies {
    /// Why a policy forbids something, and what would help: what it says itself, and `other`.
    pub(crate) fn objection(&self, id: &str, fact: impl Fn(Gap) -> String, other: Option<String>) -> String {
        let words = self.words(id);
        let reason = words.and_then(|words| words.reason.as_ref()).map(|reason| reason.filled(&fact));
        let remedy = words.and_then(|words| words.remedy.as_ref()).map(|remedy| remedy.filled(&fact));
        let reason = reason.unwrap_or_else(|| format!("policy `{id}` forbids it"));
        let helps: Vec<_> = remedy.into_iter().chain(other).collect();
        match helps.is_empty() {
            true => reason,
            false => format!("{reason}: {}", helps.join(", or ")),
        }
    }
}

impl Sentence {
    /// The sentence with its gaps filled.
    pub(crate) fn filled(&self, fact: impl Fn(Gap) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Gap(gap) => fact(*gap),
        };
        self.0.iter().map(piece).collect()
    }
}

impl FromStr for Sentence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("has a `{` without its `}`")?;
            let gap = Gap::called(name).ok_or_else(|| unknown(name))?;
            pieces.extend([Piece::Text(before.to_owned()), Piece::Gap(gap)]);
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }
}

fn unknown(name: &str) -> String {
    let known: Vec<_> = Gap::NAMES.iter().map(|name| format!("`{{{name}}}`")).collect();
    format!("has `{{{}}}`, which nothing fills; use {}", name.escape_debug(), known.join(", "))
}

/// Names, each in backticks, with commas between them; `none` if there are none.
pub(crate) fn list<T: fmt::Display>(names: impl IntoIterator<Item = T>, none: &str) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}
