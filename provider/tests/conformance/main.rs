//! The provider as a program, driven the way a new Terraform drives it: over its socket, with mutual TLS that insists on
//! HTTP/2, procedure by procedure. The control plane behind it is one that behaves badly on demand.

mod connection;
mod control_plane;

mod host;
mod stream;
mod terraform;
