//! What the tests share: a whole platform, the real Terraform, the real programs, and how to wait.

pub mod account;
mod eventually;
pub mod flow;
mod issuer;
mod local;
mod moto;
mod plane;
pub mod postgres;
mod program;
mod reader;
pub mod story;
mod sts;
mod terraform;
mod world;

pub use eventually::eventually;
pub use issuer::Issuer;
pub use local::{Local, Process, kinesis};
pub use moto::{Moto, python};
pub use plane::{Answer, Plane, answer, named, reqwest_client, rules_of, settled, spec};
pub use program::{program, workspace};
pub use reader::everything;
pub use sts::{STS_HOST, Sts, presigned};
pub use terraform::{HEADER, Run, Workspace, terraform};
pub use world::World;
