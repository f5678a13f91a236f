//! AWS: the few calls that the reconciler makes, and the descriptions of the account.

mod account;
mod caller;
mod failure;
#[cfg(test)]
pub(crate) mod fake;
mod iam;
mod kinesis;
mod pace;
mod policy;

pub(crate) use account::AccountReader;
pub(crate) use caller::Aws;
pub use pace::Pace;

/// The tag that says which stream of ours a Kinesis stream is, or whose reader role a role.
const OWNER: &str = "fanner:stream-id";
