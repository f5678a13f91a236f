//! The audit log, read and verified from a shell.

use std::time::Duration;

use fanner_client::Client;
use fanner_model::{Role, Secret};
use fanner_tests::{Plane, eventually};

use crate::{fannerctl, stable};

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_altered_is_as_it_was_signed() {
    let (plane, auditor, key) = signed().await;
    assert_eq!(verified(&plane, &auditor, &key, &[]).await.done(), "7 entries, all as they were signed\n");
    let _stable = stable();
    let log = fannerctl(&plane, &auditor, &["audit", "log", "--after", "4"]).await.done();
    insta::assert_snapshot!(log);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_log_is_told_entry_by_entry() {
    let (plane, auditor, key) = signed().await;
    plane.execute("update audit_entry set entry = replace(entry, 'token:', 'tokem:') where seq = 3").await;
    plane.execute("delete from audit_entry where seq = 5").await;
    insta::assert_snapshot!(verified(&plane, &auditor, &key, &[]).await.refused());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_was_cut_with_its_checkpoints_is_found_by_who_remembers() {
    let (plane, auditor, key) = signed().await;
    let file = plane.folder().join("remembered");
    let remember = ["--remember", file.to_str().expect("it is text")];
    verified(&plane, &auditor, &key, &remember).await.done();
    plane.execute("delete from audit_entry where seq >= 5").await;
    plane.execute("delete from audit_node where level > 0 or position >= 5").await;
    plane.execute("delete from audit_checkpoint").await;
    let forgetful = verified(&plane, &auditor, &key, &[]).await.done();
    let kept = std::fs::read_to_string(&file).expect("it was written");
    let found = verified(&plane, &auditor, &key, &remember).await.refused();
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), kept, "a bad log is not remembered");
    insta::assert_snapshot!([forgetful, found].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_believed_that_the_key_did_not_sign() {
    let (plane, auditor, _) = signed().await;
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let refused = verified(&plane, &auditor, key, &[]).await;
    assert_eq!((refused.exit, refused.err.contains("`PeterNeumann` did not sign it with this key")), (1, true));
    let file = plane.folder().join("remembered");
    std::fs::write(&file, "nothing\n").expect("it can be written");
    let remember = ["--remember", file.to_str().expect("it is text")];
    assert_eq!(verified(&plane, &auditor, key, &remember).await.exit, 1);
    let member = plane.token("fraud", Role::Member).await;
    insta::assert_snapshot!(verified(&plane, &member, key, &[]).await.refused());
}

/// A log that is signed to its end, who may read it, and the key.
async fn signed() -> (Plane, Secret, String) {
    let plane = Plane::on_sqlite().await;
    let auditor = plane.token("security", Role::Auditor).await;
    plane.declare("fraud", &["a", "b", "c", "d", "e"]).await;
    let reader = plane.client(&auditor);
    plane.clock.advance(Duration::from_secs(61));
    let key = eventually("a checkpoint", async || all_signed(&reader).await).await;
    assert_eq!(fannerctl(&plane, &auditor, &["audit", "key"]).await.done(), format!("{key}\n"));
    (plane, auditor, key)
}

/// The key, once everything is signed.
async fn all_signed(reader: &Client) -> Option<String> {
    let size = reader.audit_entries(None).await.expect("a list").items.len() as u64;
    reader.audit_checkpoint().await.ok().filter(|newest| newest.size == size).map(|newest| newest.key)
}

async fn verified(plane: &Plane, reader: &Secret, key: &str, more: &[&str]) -> crate::Answer {
    fannerctl(plane, reader, &[&["audit", "verify", "--key", key], more].concat()).await
}
