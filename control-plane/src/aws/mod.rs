//! AWS: the few calls that the reconciler makes, and the descriptions of the account.

mod account;
mod failure;
#[cfg(test)]
pub(crate) mod fake;
mod kinesis;
mod pace;
mod policy;

pub(crate) use account::AccountReader;
pub(crate) use kinesis::Kinesis;
pub use pace::Pace;
