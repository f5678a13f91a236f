//! The control plane through its API, one file a noun: each story on SQLite and on PostgreSQL, in front of a real
//! Kinesis API.

mod stream;
