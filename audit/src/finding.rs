//! What is wrong with a log, in words.

use std::fmt;

use fanner_note::NoteError;

/// A way in which a log is not what was signed, or not what was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The entry's text is another one.
    Changed { seq: u64 },
    /// The leaf that was stored for the entry is another one; the entry itself is the one that was signed.
    Leaf { seq: u64 },
    /// Entries that were appended are gone; later ones are there.
    Removed { first: u64, last: u64 },
    /// Two entries stand at each other's place.
    Swapped { seq: u64, with: u64 },
    /// An entry that nobody appended stands at this place.
    Added { seq: u64 },
    /// This place has an entry that belongs to another: something was added or removed before it.
    Misplaced { seq: u64 },
    /// The end of the log is gone.
    Cut { present: u64, had: u64 },
    /// All places are taken, but what stands at some from `first` to `last` is not what was signed.
    Forked { first: u64, last: u64 },
    /// A checkpoint that is not to be believed, counted from 0 as they were given.
    Checkpoint { index: usize, cause: NoteError },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { seq } => write!(f, "entry {seq} was changed"),
            Self::Leaf { seq } => write!(f, "the leaf stored for entry {seq} was changed; the entry itself was not"),
            Self::Removed { first, last } if first == last => write!(f, "entry {first} was removed"),
            Self::Removed { first, last } => write!(f, "entries {first} to {last} were removed"),
            Self::Swapped { seq, with } => write!(f, "entries {seq} and {with} were swapped"),
            Self::Added { seq } => write!(f, "entry {seq} was added; nobody appended it"),
            Self::Misplaced { seq } => {
                write!(f, "the entry at place {seq} belongs to another; something was added or removed before it")
            }
            Self::Cut { present, had } => {
                write!(f, "the end was cut off: the log has {present} entries and had {had}")
            }
            Self::Forked { first, last } => {
                write!(f, "history was rewritten: entries {first} to {last} are not all those that were signed")
            }
            Self::Checkpoint { index, cause } => write!(f, "checkpoint {index} is not to be believed: {cause}"),
        }
    }
}
