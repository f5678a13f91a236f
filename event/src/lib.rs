//! What travels: the envelope, how it is sealed by a producer and opened by the fanner. The payload in it is never touched.

mod envelope;
mod seal;

/// The protobuf contract, `event/proto/fanner/v1/envelope.proto`, as Rust.
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/fanner.v1.rs"));
}

pub use envelope::{EventId, OpenError, Opened, open};
pub use seal::{NewEvent, SealError, seal};
