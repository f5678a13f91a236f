//! Reading and writing policies from a shell.

use std::fs;

use fanner_model::Role;
use fanner_tests::Plane;

use crate::{fannerctl, stable};

/// A document that is as good as any.
const GOOD: &str = r#"@id("no-exports") @reason("nothing leaves") forbid (principal, action == Fanner::Action::"Receive", resource) when { 8000 < principal.retentionHours };"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_put_in_force_and_read_back() {
    let plane = Plane::on_sqlite().await;
    let security = plane.token("security", Role::Security).await;
    let file = plane.folder().join("exports.cedar");
    fs::write(&file, GOOD).expect("the file can be written");
    let file = file.to_str().expect("it is text");
    let first = ["policy", "apply", "exports", file, "--description", "where data may go"];
    let first = fannerctl(&plane, &security, &first).await.done();
    fs::write(file, format!("{GOOD}\n")).expect("the file can be written");
    let second = fannerctl(&plane, &security, &["policy", "apply", "exports", file]).await.done();
    let listed = fannerctl(&plane, &security, &["policies"]).await.done();
    assert_eq!(fannerctl(&plane, &security, &["policy", "show", "exports"]).await.done(), format!("{GOOD}\n"));
    let _stable = stable();
    insta::assert_snapshot!([first, second, listed].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_used_changes_nothing() {
    let plane = Plane::on_sqlite().await;
    let (security, member) = (plane.token("security", Role::Security).await, plane.token("fraud", Role::Member).await);
    let file = plane.folder().join("bad.cedar");
    fs::write(&file, "permit (principal, action, resource) when { principal.colour };").expect("it can be written");
    let apply = ["policy", "apply", "default", file.to_str().expect("it is text")];
    let bad = fannerctl(&plane, &security, &apply).await.refused();
    let forbidden = fannerctl(&plane, &member, &apply).await.refused();
    let missing = fannerctl(&plane, &security, &["policy", "apply", "default", "/nowhere.cedar"]).await.refused();
    let listed = fannerctl(&plane, &member, &["policies"]).await.done();
    insta::assert_snapshot!([bad, forbidden, missing, listed].join("\n"));
}
