//! Reader roles: the control plane as a program, in front of moto's IAM and a local Kinesis. What it makes, repairs, narrows
//! and takes away is looked at in IAM itself.

mod documented;
mod drift;
mod iam;
mod life;
mod refused;
mod setting;
mod terraform;
