//! What can be declared: one file per noun, each in one order: the block, its schema, and its life.

mod access;
mod choice;
mod creation;
mod document;
mod event_type;
mod grant;
mod impact;
mod moment;
mod policy;
mod quarantine;
pub(crate) mod reader_role;
mod stream;
mod subscription;
mod tags;
mod team;

pub use access::EventAccess;
pub use event_type::EventTypeResource;
pub use grant::GrantResource;
pub use policy::PolicyResource;
pub use quarantine::QuarantineResource;
pub use stream::StreamResource;
pub use subscription::SubscriptionResource;
pub use team::TeamResource;

pub(crate) use access::{attribute as access_attribute, shown as shown_access};
pub(crate) use team::written as written_trainings;
