//! What holds for every command: who is asking, where, and how a failure is told.

use std::fs;

use fanner_model::{Role, Secret};
use fanner_tests::Plane;

use crate::run;

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_told_from_no() {
    let plane = Plane::on_sqlite().await;
    let wrong = Secret::new("fnr_wrong");
    let mut lines = Vec::new();
    for (endpoint, token, arguments) in [
        (plane.endpoint(), None, &["requests"][..]),
        (plane.endpoint(), Some(&wrong), &["requests"]),
        ("ftp://here".to_owned(), None, &["requests"]),
        (plane.endpoint(), None, &["--token-file", "/nowhere/token", "requests"]),
        (plane.endpoint(), None, &["request", "show", "7"]),
        (plane.endpoint(), None, &["grant", "extend", "018f6b1e-7c5a-7bd0-9d2c-0242ac120002", "--until", "soon"]),
    ] {
        lines.push(run(&endpoint, token, arguments).await.refused());
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_read_from_its_file_and_is_never_shown() {
    let plane = Plane::on_sqlite().await;
    let (secret, file) = (plane.token("fraud", Role::Member).await, plane.folder().join("token"));
    fs::write(&file, format!("{}\n", secret.expose())).expect("the file can be written");
    let arguments = ["--token-file", file.to_str().expect("it is text"), "requests"];
    assert!(run(&plane.endpoint(), None, &arguments).await.done().starts_with("id  team"));
    let wrong = Secret::new("fnr_0123456789");
    let refused = run(&plane.endpoint(), Some(&wrong), &["requests"]).await.refused();
    let help = run(&plane.endpoint(), Some(&wrong), &["--help"]).await.done();
    assert!(!format!("{refused}{help}").contains("fnr_0123456789"), "{refused}{help}");
}
