//! What follows from an account's descriptions: ways around the fanner that are found, and those that are not there.

mod account;
mod clean;
mod deny;
mod key;
mod way;
