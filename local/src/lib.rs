//! The whole platform on one machine: for the quickstart, for whoever wants to try HCL before merging it, and for the
//! tests. The only place that sees both the control plane and the fanner.

pub mod kinesis;

mod config;
mod environment;
mod platform;

pub use config::{Args, Part};
pub use environment::Environment;
pub use platform::Platform;
