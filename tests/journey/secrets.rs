//! Everything that a platform writes while people use it, searched for everything that is secret.

use std::fs::{self, File};
use std::path::Path;

use fanner_client::Client;
use fanner_model::{Role, Scope, Secret, TokenSpec};
use fanner_tests::{Local, Workspace};

const GUESSED: &str = "fnr_guessed0guessed0guessed0guessed0guessed0";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_written_where_it_does_not_belong() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let mut local = Local::start_with(&data, "kinesis,control-plane,fanner", |command| {
        command.env("RUST_LOG", "trace").stderr(File::create(&log).unwrap());
    });
    let member = token(&local).await;
    let terraform = Workspace::in_environment(local.environment()).and("FANNER_TOKEN", &member).and("TF_LOG", "TRACE");
    let mut said = vec![terraform.write(STREAM).apply().text];
    let guessing = Workspace::in_environment(local.environment()).and("FANNER_TOKEN", GUESSED).and("TF_LOG", "TRACE");
    said.push(guessing.write(STREAM).plan_fails());
    said.push(command_lines());
    said.push(audit(&local).await);
    assert!(local.process.terminate());

    let key = fs::read_to_string(data.join("signing.key")).unwrap();
    let given = ["FANNER_TOKEN", "FANNER_SECURITY_TOKEN"].map(|name| local.variable(name));
    let secrets = [given[0], given[1], &member, GUESSED, key.trim()];
    let mut places: Vec<_> = said.into_iter().enumerate().map(|(n, text)| (format!("output {n}"), text)).collect();
    for top in [folder.path(), terraform.path()] {
        read(top, &mut places);
    }
    for (place, text) in &places {
        for secret in secrets {
            let is_its_own = ["/env", "token", "/signing.key"].iter().any(|file| place.ends_with(file));
            assert!(is_its_own || !text.contains(secret), "`{secret}` is in {place}");
        }
    }
    let has = |part: &str, words: &str| places.iter().any(|(place, text)| place.contains(part) && text.contains(words));
    for (part, words) in [
        ("/log", "fanner_control_plane"),
        ("output 0", "provider.terraform-provider-fanner"),
        ("output 3", "fraud-signals"),
        ("tfstate", "fraud-signals"),
        ("data/", "fraud-signals"),
    ] {
        assert!(has(part, words), "the search looks where things are: `{words}` in {part}");
    }
}

const STREAM: &str = "resource \"fanner_stream\" \"s\" {\n  name = \"fraud-signals\"\n  shard_count = 1\n}\n";

async fn token(local: &Local) -> String {
    let team = "fraud".parse().unwrap();
    let spec = TokenSpec { team, role: Role::Member, scope: Scope::Full, expires_at: None };
    administrator(local).issue_token(&spec).await.unwrap().secret.expose().to_owned()
}

/// The whole audit log.
async fn audit(local: &Local) -> String {
    let entries = administrator(local).audit_entries(None).await.unwrap().items;
    entries.into_iter().filter_map(|entry| entry.text).collect()
}

fn administrator(local: &Local) -> Client {
    let token = Secret::new(local.variable("FANNER_TOKEN"));
    Client::new(local.variable("FANNER_ENDPOINT"), Some(&token), "fanner-tests").unwrap()
}

/// What anybody on this machine sees of each process.
fn command_lines() -> String {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

/// All files below `folder`, whatever is in them.
fn read(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => read(&path, into),
            false => {
                let bytes = fs::read(&path).unwrap();
                into.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
}
