//! What a shell needs to talk to the platform: `DIR/env`, a file to `source`, and the Terraform configuration that it names.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

use fanner_model::Secret;

/// Provider addresses that Terraform and OpenTofu look under.
const ADDRESSES: [&str; 2] = ["registry.terraform.io/fanner/fanner", "registry.opentofu.org/fanner/fanner"];

/// The file of the provider that Terraform starts.
const PROVIDER: &str = "terraform-provider-fanner";

/// Variables of a shell that talks to the platform, in the order in which they are written.
#[derive(Debug, Default)]
pub struct Environment(Vec<(&'static str, String)>);

impl Environment {
    /// Adds a variable.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// Each variable with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Writes `DIR/env`, readable by its owner alone, since a token is in it.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        let mut text = "# Source this file to talk to the local fanner platform.\n".to_owned();
        for (name, value) in self.iter() {
            let _ = writeln!(text, "export {name}={}", quoted(value));
        }
        write_private(&data_dir.join("env"), &text)
    }
}

/// Keeps a secret in a file that its owner alone may read.
pub(crate) fn write_secret(path: &Path, secret: &Secret) -> io::Result<()> {
    write_private(path, secret.expose())
}

/// Writes a Terraform configuration that takes the provider in `programs`, with and without `terraform init`: an
/// override for plan and apply, a mirror for init.
pub(crate) fn write_terraform_config(data_dir: &Path, programs: &Path) -> io::Result<()> {
    let mirror = data_dir.join("providers");
    let platform = format!("{}_{}", terraform_os(), terraform_architecture());
    let mut overrides = String::new();
    for address in ADDRESSES {
        let folder = mirror.join(address).join(env!("CARGO_PKG_VERSION")).join(&platform);
        fs::create_dir_all(&folder)?;
        let link = folder.join(PROVIDER);
        match fs::remove_file(&link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => symlink(programs.join(PROVIDER), link)?,
        }
        let _ = writeln!(overrides, "    \"{address}\" = {programs:?}");
    }
    let addresses = ADDRESSES.map(|address| format!("{address:?}")).join(", ");
    let text = format!(
        "# Takes the fanner provider from this machine, every other one from where it usually comes from.\n\
         provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  \
         filesystem_mirror {{\n    path    = {mirror:?}\n    include = [{addresses}]\n  }}\n  \
         direct {{\n    exclude = [{addresses}]\n  }}\n}}\n"
    );
    fs::write(data_dir.join("terraform.rc"), text)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

/// The value as a shell reads it back, whatever is in it.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn terraform_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

fn terraform_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_sourced_whatever_the_values_are() {
        let folder = tempfile::tempdir().unwrap();
        let mut environment = Environment::default();
        environment.set("PLAIN", "http://127.0.0.1:7400");
        environment.set("ODD", "it's $HOME and `x`");
        environment.write(folder.path()).unwrap();
        let script = format!(". {}; printf '%s|%s' \"$PLAIN\" \"$ODD\"", folder.path().join("env").display());
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "http://127.0.0.1:7400|it's $HOME and `x`");
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        Environment::default().write(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join("env")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
