//! The rules: compiled by a pure function from what is stored, and watched, so that whoever follows them hears at once.

mod compile;
mod watch;

pub(crate) use watch::Watch;
