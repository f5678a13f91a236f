//! The audit log: what it consists of, how it is sealed, and how anybody finds out that it was altered. Pure: bytes in,
//! bytes out, no clock, no I/O.
//!
//! An [`Entry`] says who did what, and its text never changes again. The texts are the leaves of a Merkle tree (RFC 6962,
//! SHA-256), which a [`Frontier`] grows one leaf at a time. A [`Checkpoint`] is the tree's size and root, signed as a note;
//! whoever keeps one can have it [proved](proof) later that what was logged then is still there, and [`verify`] names what is not.

mod checkpoint;
mod entry;
mod export;
mod finding;
pub mod proof;
mod tree;
mod verify;

pub use checkpoint::{Checkpoint, ORIGIN};
pub use entry::{Action, Entry, Noun, Outcome, State, Subject, Unreadable, Version};
pub use export::{ExportError, seal, unseal};
pub use fanner_note::{KeyError, NoteError, Signer, Verifier};
pub use finding::Finding;
pub use tree::{Frontier, Node, TreeError, leaf, parent};
pub use verify::{Report, verify};
