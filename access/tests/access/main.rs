//! The engine from outside: what it decides, and what it says.

mod pair;
mod permits;
mod policy;
mod words;
