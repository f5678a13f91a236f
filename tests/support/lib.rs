//! What the tests share: a whole platform, the real Terraform, the real programs, and how to wait.

mod eventually;
mod local;
mod program;
mod reader;
mod terraform;
mod world;

pub use eventually::eventually;
pub use local::{Local, Process, kinesis};
pub use program::{program, workspace};
pub use reader::everything;
pub use terraform::{Run, Workspace, terraform};
pub use world::World;
