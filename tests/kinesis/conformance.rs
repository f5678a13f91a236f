//! The stories of `conformance.py`, asked of the local Kinesis and of moto, a server that we did not write.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fanner_tests::{Local, workspace};

#[test]
fn the_local_kinesis_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start(folder.path(), "kinesis");
    assert_stories_pass("fanner", local.variable("AWS_ENDPOINT_URL_KINESIS"), local.variable("AWS_REGION"));
}

#[test]
fn the_stories_are_those_that_another_server_tells_too() {
    let moto = Moto::start();
    assert_stories_pass("moto", &moto.endpoint, "us-east-1");
}

fn assert_stories_pass(judged: &str, endpoint: &str, region: &str) {
    let stories = workspace().join("tests/kinesis/conformance.py");
    let passed = Command::new(python())
        .arg(stories)
        .envs([("KINESIS_ENDPOINT", endpoint), ("KINESIS_JUDGED", judged), ("AWS_REGION", region)])
        .status()
        .expect("python can be started")
        .success();
    assert!(passed, "{judged} fails the stories above");
}

/// moto's server, on a free port, until this is dropped.
struct Moto {
    process: Child,
    endpoint: String,
}

impl Moto {
    fn start() -> Moto {
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
        Moto { process, endpoint }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The Python that has the packages of `requirements.txt`.
#[expect(clippy::disallowed_methods, reason = "a test is configured by nothing but its environment")]
fn python() -> PathBuf {
    let named = std::env::var_os("FANNER_TEST_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| workspace().join("target/venv/bin/python"));
    assert!(Path::new(&python).exists(), "`{}` is missing: run make test-tools", python.display());
    python
}
