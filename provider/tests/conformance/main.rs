//! The provider as a program, driven the way a new Terraform drives it: over its socket, with mutual TLS that insists on
//! HTTP/2, procedure by procedure. The control plane behind it is one that behaves badly on demand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod connection;
mod control_plane;
mod creation;
mod host;
mod identity;
mod stream;
mod terraform;
