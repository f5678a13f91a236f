//! What must be true for a write to happen, and how a repeated write is recognised.

use std::fmt::{self, Display};
use std::str::FromStr;

use uuid::Uuid;

/// What a caller attaches to a write. A [`Precondition`] alone is a write that is made once, with a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    pub precondition: Precondition,
    pub key: IdempotencyKey,
}

/// What must be true of a thing for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    None,
    /// It does not exist.
    Absent,
    /// It exists and has this generation.
    Generation(u64),
}

/// The same for every attempt of one write: by it the control plane knows that the state it finds is what this very
/// write made. Who keeps it can go on with the write later, and ask what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(Uuid);

impl Guard {
    /// Nothing fulfils this: generations begin with 1. The write changes nothing, and is answered with the thing if it
    /// is what an earlier attempt made.
    pub(crate) fn never(key: IdempotencyKey) -> Self {
        Self { precondition: Precondition::Generation(0), key }
    }
}

impl From<Precondition> for Guard {
    fn from(precondition: Precondition) -> Self {
        Self { precondition, key: IdempotencyKey::random() }
    }
}

impl IdempotencyKey {
    /// A key that no other write has.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl Display for IdempotencyKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for IdempotencyKey {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}
