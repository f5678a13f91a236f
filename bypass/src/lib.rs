//! Who can read a stream: the Global Event Stream is meant to be read by the fanner alone.
//!
//! An [`Account`] is what AWS says of itself: identities with their policies, the stream, its consumers and its key with theirs,
//! and what else is connected to it. [`report`] is what follows from that. Pure: no AWS, no clock.
//!
//! **Two locks.** Whoever reads passes the stream's permissions and, if it is encrypted with a key of the account's own, the key's.
//! Each lock is open to somebody, can be opened by them, or is shut. Who can pass both has a way around the fanner; who can pass
//! one of two is told apart, since nothing is read that way.
//!
//! **Doubt.** IAM's rules are followed: a denial wins, a boundary limits, a resource's policy may let in whom it names. What
//! depends on a condition that no description answers counts as allowed, with that condition told, and never as denied. What
//! could not be read shuts nothing. Restrictions of the organization are not looked at: they could only take away.

mod account;
mod allow;
mod condition;
mod document;
mod pattern;
mod report;
mod truth;
mod way;
mod who;

pub use account::{Account, Attached, Consumer, Identity, Key, KeyGrant, Stream, Tap};
pub use document::{Document, DocumentError};
pub use report::report;
