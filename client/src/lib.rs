//! The control plane's API as Rust calls: one file per noun, one method per operation.

mod call;
mod error;
mod event_type;
mod rules;
mod sighting;
mod stream;
mod subscription;
mod token;

pub use call::{Client, Precondition};
pub use error::Error;
