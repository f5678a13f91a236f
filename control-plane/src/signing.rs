//! The control plane's key: one Ed25519 seed in a file, with which everything is signed that must be believed elsewhere.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fanner_audit::Signer;
use tracing::{info, warn};

/// The key. It does not show itself.
pub(crate) struct SigningKey {
    seed: [u8; 32],
}

impl SigningKey {
    /// Reads the key from its file. If there is none, makes one that only this user can read.
    ///
    /// # Errors
    /// The file can be neither read nor made, or holds something else.
    pub(crate) fn open(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |cause| KeyFileError::File { path: path.to_owned(), cause };
        match read(path).map_err(failed)? {
            Some(text) => Self::parse(&text).ok_or_else(|| KeyFileError::Content { path: path.to_owned() }),
            None => {
                make(path).map_err(failed)?;
                info!(path = %path.display(), "signing key was made");
                Self::open(path)
            }
        }
    }

    /// Signs notes under a name.
    pub(crate) fn signer(&self, name: &str) -> Signer {
        Signer::new(name, &self.seed)
    }

    fn parse(text: &str) -> Option<Self> {
        let seed = STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
        Some(Self { seed })
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        warn!(path = %path.display(), "signing key can be read by others; take their permissions away");
    }
    Ok(Some(text))
}

/// Makes a key, unless another process was faster: the file appears whole or not at all.
fn make(path: &Path) -> io::Result<()> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the system gives random bytes");
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    writeln!(file, "{}", STANDARD.encode(seed))?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the signing key `{path}` can be neither read nor made")]
    File { path: PathBuf, cause: io::Error },
    #[error("`{path}` does not hold a signing key: 32 bytes in base64; move it away, and a new one is made")]
    Content { path: PathBuf },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_for_its_user() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let first = SigningKey::open(&path).unwrap().signer("x").verifier().to_string();
        assert_eq!(SigningKey::open(&path).unwrap().signer("x").verifier().to_string(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_a_key_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "hello").unwrap();
        let error = SigningKey::open(&path).map(|_| ()).unwrap_err().to_string();
        assert!(
            error.ends_with("does not hold a signing key: 32 bytes in base64; move it away, and a new one is made")
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "hello");
    }
}
