//! The provider as its users have it: the real Terraform against a whole platform.

mod access;
mod bad_input;
mod data_source;
mod drift;
mod event_type;
mod examples;
mod grant;
mod interrupt;
mod lifecycle;
mod lost_answer;
mod policy;
mod process;
mod quarantine;
mod stream;
mod subscription;
mod team;
