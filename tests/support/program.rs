//! The real programs: built once for each run of a test binary, found beside it, started and killed as a person would.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of a program of this workspace, freshly built.
///
/// # Panics
/// The workspace does not build.
pub fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(build);
    folder_of_programs().join(name)
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a member of the workspace")
}

/// Test executables lie in `target/<profile>/deps`, programs one folder above.
pub(crate) fn folder_of_programs() -> PathBuf {
    let this = std::env::current_exe().expect("a test knows where it is");
    this.ancestors().nth(2).expect("a test lies in target/<profile>/deps").to_path_buf()
}

/// Cargo does nothing here when `make test` has just built everything.
fn build() {
    let folder = folder_of_programs();
    let target = folder.parent().expect("the profile's folder lies in the target folder");
    let profile = if folder.ends_with("release") { "release" } else { "dev" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--bins", "--profile", profile, "--target-dir"]).arg(target);
    // What cargo tells a test about its package makes build scripts of others run again, and with them half the workspace.
    let told = std::env::vars_os().map(|(name, _)| name);
    for name in told.filter(|name| name.to_str().is_some_and(is_about_the_package)) {
        cargo.env_remove(name);
    }
    let built = cargo.current_dir(workspace()).status().expect("cargo can be started");
    assert!(built.success(), "the workspace does not build");
}

fn is_about_the_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| variable.starts_with(prefix))
}
