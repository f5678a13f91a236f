//! The engine from outside: what it decides, and what it says.

mod approve;
mod direct;
mod documents;
mod idle;
mod pair;
mod permits;
mod policy;
mod properties;
mod standing;
mod words;
mod world;
