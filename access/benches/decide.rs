//! How long decisions take.

fn main() {}
