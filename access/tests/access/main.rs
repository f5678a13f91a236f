//! The engine from outside: what it decides, and what it says.

mod direct;
mod pair;
mod permits;
mod policy;
mod properties;
mod words;
mod world;
