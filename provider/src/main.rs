//! The program that Terraform starts.

use std::process::ExitCode;

use terraform_provider_fanner::{plugin::program, provider::Fanner};

fn main() -> ExitCode {
    program::run(Fanner { variable }, variable)
}

#[expect(
    clippy::disallowed_methods,
    reason = "Terraform speaks to its plugins through the environment; it is read here"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
