//! The Terraform provider for fanner.
//!
//! `plugin` is Terraform's side and knows nothing of fanner. `provider` is the provider block; `resource` and
//! `data_source` have one file per noun, which reads like that noun's page in the documentation. They reach the control
//! plane through the [`session::Session`] that the provider block opens.

pub mod data_source;
pub mod identity;
pub mod plugin;
pub mod problem;
pub mod provider;
pub mod resource;
pub mod session;
