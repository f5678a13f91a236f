//! What can be looked up: one file per noun.

mod event_type;
mod stream;
mod team;

pub use event_type::EventTypesData;
pub use stream::StreamData;
pub use team::TeamData;
