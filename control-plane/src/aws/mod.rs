//! AWS, behind the few calls that the reconciler makes.

mod failure;
#[cfg(test)]
pub(crate) mod fake;
mod kinesis;
mod pace;
mod policy;

pub(crate) use kinesis::Kinesis;
pub use pace::Pace;
