//! Tokens from a shell: issued, used, revoked.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use fanner_model::{Role, Secret};
use fanner_tests::Plane;
use serde_json::Value;

use crate::{fannerctl, stable};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_until_it_is_revoked_and_its_secret_is_in_its_file_alone() {
    let plane = Plane::on_sqlite().await;
    let platform = plane.token("platform", Role::Platform).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("token").display().to_string();
    let issue = ["token", "issue", "--team", "fraud", "--scope", "plan", "--secret-file", &file, "--output", "json"];
    let answer = fannerctl(&plane, &platform, &issue).await.done();
    let written = fs::read_to_string(&file).expect("there is a file");
    let secret = Secret::new(written.trim());
    assert!(!answer.contains(secret.expose()), "the secret is shown");
    assert_eq!(fs::metadata(&file).expect("there is a file").permissions().mode() & 0o777, 0o600);
    assert_eq!(fannerctl(&plane, &secret, &["requests"]).await.exit, 0);

    let issued: Value = serde_json::from_str(&answer).expect("it is JSON");
    assert_eq!((issued["spec"]["team"].as_str(), issued["spec"]["scope"].as_str()), (Some("fraud"), Some("plan")));
    let id = issued["id"].as_str().expect("it has an id");
    let listed = fannerctl(&plane, &platform, &["tokens"]).await.done();
    assert!(listed.contains(id) && !listed.contains(secret.expose()), "{listed}");
    fannerctl(&plane, &platform, &["token", "revoke", id]).await.done();
    let unknown = fannerctl(&plane, &platform, &["token", "revoke", id]).await.refused();
    let refused = fannerctl(&plane, &secret, &["requests"]).await.refused();
    let _stable = stable();
    insta::assert_snapshot!([refused, unknown].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_neither_a_token_nor_a_file() {
    let plane = Plane::on_sqlite().await;
    let (member, platform) = (plane.token("fraud", Role::Member).await, plane.token("platform", Role::Platform).await);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("token").display().to_string();
    let issue = ["token", "issue", "--team", "fraud", "--role", "platform", "--secret-file", &file];
    let forbidden = fannerctl(&plane, &member, &issue).await.refused();
    assert!(!fs::exists(&file).expect("the folder can be read"), "a file was left behind");

    let before = plane.platform().await.tokens(None).await.expect("a list").items.len();
    fs::write(&file, "somebody else's").expect("it can be written");
    let taken = fannerctl(&plane, &platform, &issue).await.refused().replace(&file, "FILE");
    assert_eq!(fs::read_to_string(&file).expect("there is a file"), "somebody else's");
    let elsewhere = format!("{file}-late");
    let late = [&issue[..4], &["--until", "2200-01-01", "--secret-file", &elsewhere]].concat();
    let late = fannerctl(&plane, &platform, &late).await.refused();
    // Each `platform()` is a token of its own.
    assert_eq!(plane.platform().await.tokens(None).await.expect("a list").items.len(), before + 1);
    let _stable = stable();
    insta::assert_snapshot!([forbidden, taken, late].join("\n"));
}
