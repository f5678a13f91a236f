//! What can be declared: one file per noun, each in one order: the block, its schema, and its life.

mod access;
mod creation;
mod event_type;
pub(crate) mod reader_policy;
mod stream;
mod subscription;
mod tags;

pub use access::EventAccess;
pub use event_type::EventTypeResource;
pub use stream::StreamResource;
pub use subscription::SubscriptionResource;

pub(crate) use access::{attribute as access_attribute, shown as shown_access};
