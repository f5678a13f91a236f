//! The local Kinesis from outside: as AWS's clients see it, under load, killed, with faults, and with time that moves.

mod conformance;
mod durability;
mod faults;
mod flow;
mod limits;
mod server;
mod time;
mod torture;
