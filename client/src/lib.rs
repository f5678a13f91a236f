//! The control plane's API as Rust calls: one file per noun, one method per operation.

mod access_request;
mod audit;
mod bypass;
mod call;
mod campaign;
mod delivery;
mod enforcement;
mod error;
mod event_type;
mod guard;
mod permission;
mod policy;
mod reader;
mod rules;
mod session;
mod sighting;
mod stream;
mod subscription;
mod team;
mod token;

pub use call::Client;
pub use error::Error;
pub use guard::{Guard, IdempotencyKey, Precondition};
pub use reader::FindingLimits;
