//! One shard's records: an append-only log in segment files, found again after a crash.
//!
//! A record is acknowledged after `write` returned, so it survives `kill -9` of the process: the
//! pages are the kernel's by then. Loss of power is out of scope, nothing is synced. A torn tail is
//! found by length and checksum and cut. Without a folder the same files are unlinked ones, so there
//! is one path for both. In memory are only 16 bytes per record, the index.

mod frame;
mod segment;
mod shard_log;
#[cfg(test)]
mod tests;

pub(crate) use frame::{Batch, Frames};
pub use shard_log::LogError;
pub(crate) use shard_log::{Excerpt, FIRST_OFFSET, ShardLog};
