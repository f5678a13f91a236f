//! The fanner against a Kinesis that misbehaves on demand: whatever happens, every stream gets exactly its events.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod bench;
mod oracle;
mod rules;

mod aside;
mod confirmation;
mod deliveries;
mod faults;
mod masks;
mod people;
mod reshard;
mod restart;
mod retention;
mod routing;
mod sightings;
mod signed;
mod walk;
