//! Terraform's side of a provider: protocol, planning and types. Knows nothing of fanner.
//!
//! A message comes in through `serve` (TLS on a unix socket) to `server`, which reads it with `convert`, hands it to a
//! resource by way of `erased`, and writes the answer. `plan` holds the rules of planning, and is pure.

pub mod convert;
pub mod crash;
pub mod diagnostics;
pub mod erased;
pub mod field;
pub mod handshake;
pub mod json;
pub mod log;
pub mod msgpack;
pub mod parse;
pub mod plan;
pub mod program;
pub mod proto;
pub mod provider;
pub mod schema;
pub mod serve;
pub mod server;
pub mod services;
pub mod socket;
pub mod stop;
pub mod timeouts;
pub mod tls;
pub mod validate;
pub mod value;
