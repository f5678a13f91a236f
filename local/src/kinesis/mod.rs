//! A Kinesis Data Streams server of our own, in this process and on loopback.
//!
//! It speaks awsJson1.1 over HTTP/1.1, so every AWS SDK, boto3 and the AWS CLI can use it. No acknowledged
//! record is lost: not under concurrent writers and readers, not while shards split and merge, and, given
//! a folder, not when the process is killed.
//!
//! `server → http → api → account → stream → log`, and beside them the pure nouns that all of these use.

mod account;
mod api;
mod bucket;
mod clock;
mod error;
mod faults;
mod hash;
mod http;
mod iterator;
mod limits;
mod log;
mod name;
mod options;
mod scaling;
mod sequence;
mod server;
mod stream;
mod token;

pub use account::OpenError;
pub use clock::{Clock, ManualClock};
pub use faults::{Fault, FaultKind, FaultPlan, FaultReport, Faults};
pub use limits::Limits;
pub use log::LogError;
pub use options::Options;
pub use server::{Kinesis, StartError};
pub use stream::HomeError;
