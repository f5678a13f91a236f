//! The unix socket that Terraform connects to, in a folder that only this user can enter.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::net::UnixListener;

/// A listening socket. Its file is removed with it.
pub struct Socket {
    pub listener: UnixListener,
    pub path: PathBuf,
    /// Held for its end: dropping it removes the folder.
    _folder: TempDir,
}

impl Socket {
    /// Listens in a new folder under `parent`, or where temporary files go.
    pub fn listen(parent: Option<&Path>) -> io::Result<Self> {
        const OWNER_ONLY: u32 = 0o700;
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let folder = tempfile::Builder::new()
            .prefix("plugin-")
            .permissions(Permissions::from_mode(OWNER_ONLY))
            .tempdir_in(parent)?;
        let path = folder.path().join("socket");
        Ok(Self { listener: UnixListener::bind(&path)?, path, _folder: folder })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_owner_can_reach_the_socket_and_nothing_stays_behind() {
        let parent = tempfile::tempdir().unwrap();
        let socket = Socket::listen(Some(parent.path())).unwrap();
        let folder = socket.path.parent().unwrap().to_owned();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);

        drop(socket);
        assert!(!folder.exists());
    }
}
