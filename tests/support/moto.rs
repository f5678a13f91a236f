//! moto: AWS's services on this machine, by somebody else.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::workspace;

/// The server, on a free port, until this is dropped.
pub struct Moto {
    process: Child,
    /// Where all its services are.
    pub endpoint: String,
}

impl Moto {
    /// A server without anything in it.
    pub fn start() -> Self {
        let mut process = Command::new(python())
            .args(["-u", "-m", "moto.server", "--host", "127.0.0.1", "--port", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto can be started");
        let mut lines = BufReader::new(process.stderr.take().expect("standard error is piped")).lines();
        let announced = lines.find_map(|line| line.ok()?.split_once("Running on ").map(|(_, at)| at.trim().to_owned()));
        let endpoint = announced.expect("moto says where it listens");
        // It goes on to write a line for every request, and must not wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, endpoint }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The Python that has the packages of `tests/kinesis/requirements.txt`.
///
/// # Panics
/// There is none: `make test-tools` makes it.
#[expect(clippy::disallowed_methods, reason = "a test is configured by nothing but its environment")]
pub fn python() -> PathBuf {
    let named = std::env::var_os("FANNER_TEST_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| workspace().join("target/venv/bin/python"));
    assert!(Path::new(&python).exists(), "`{}` is missing: run make test-tools", python.display());
    python
}
