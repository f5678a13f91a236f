//! The stories of `conformance.py`, asked of the local Kinesis and of moto, a server that we did not write.

use std::process::Command;

use fanner_tests::{Local, Moto, python, workspace};

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
