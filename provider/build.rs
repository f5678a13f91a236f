//! Compiles the protocol's three `.proto` files in Rust, so that building needs no `protoc`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(["tfplugin6.proto", "plugin.proto", "health.proto"], ["proto"])?;
    // The clients are for the conformance tests in `tests/`, which stand in for Terraform.
    tonic_prost_build::configure().build_transport(false).compile_fds(files)?;
    Ok(())
}
