//! The whole way of real events, through the real programs: declared with Terraform, published, forwarded by a fanner that
//! is killed again and again, and counted at the other end.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod flights;
mod secrets;
