//! Who reads around the fanner, told and acknowledged on the page.

use std::time::Duration;

use fanner_control_plane::Running;
use fanner_model::Role;
use fanner_tests::account::{Account, GES, aws, meant, stingy};
use fanner_tests::{Plane, on_both_databases};
use jiff::Timestamp;
use serde_json::json;

use super::Visitor;
use super::browser::{Browser, DESKTOP, Look};
use super::walk::FINDINGS;

const PAGE: &str = "/bypass-report";
const ONCALL: &str = "arn:aws:iam::123456789012:role/oncall";

on_both_databases! {
    async fn security_sees_who_reads_around_the_fanner_and_acknowledges_it(plane: Plane) {
        let (account, running) = bypassed(&plane).await;
        let security = visitor(&plane, &running, Role::Security).await;
        let taken = security.fill(PAGE, PAGE, &[]).await;
        assert_eq!((taken.status, taken.location()), (303, PAGE));
        let shown = security.open(PAGE).await.html;
        assert!(shown.contains(r#"<span class="badge bad">bypassed</span>"#), "{shown}");
        for told in [ONCALL, "It reads the records, by <code>kinesis:GetRecords</code>", "inline policy `read`, statement <code>1</code>"] {
            assert!(shown.contains(told), "`{told}` is not in {shown}");
        }

        let day = day(plane.clock.now(), 30);
        let known = [("arn", ONCALL), ("reason", "INC-4711"), ("expires_at", &day)];
        assert_eq!(security.fill(PAGE, "/break-glass", &known).await.status, 303);
        let shown = security.open(PAGE).await.html;
        assert!(shown.contains(r#"<span class="badge good">clean</span>"#) && shown.contains("INC-4711"), "{shown}");

        let end = shown.split(r#"action=""#).find(|rest| rest.starts_with("/break-glass/")).expect("it can be taken back");
        let end = end.split('"').next().unwrap_or_default();
        assert_eq!(security.fill(PAGE, end, &[]).await.status, 303);
        let shown = security.open(PAGE).await.html;
        assert!(shown.contains(r#"<span class="badge bad">bypassed</span>"#) && !shown.contains("INC-4711"), "{shown}");
        drop(account);
    }

    async fn an_end_too_far_away_is_refused_beside_its_field_in_the_form_it_was_sent_from(plane: Plane) {
        let (account, running) = bypassed(&plane).await;
        account.role("debug", "ec2.amazonaws.com").await;
        account.allow("debug", "read", &["kinesis:GetRecords"], GES).await;
        let security = visitor(&plane, &running, Role::Security).await;
        assert_eq!(security.fill(PAGE, PAGE, &[]).await.status, 303);
        let day = day(plane.clock.now(), 91);
        let known = [("arn", ONCALL), ("reason", "INC-4711"), ("expires_at", &day)];
        let refused = security.fill(PAGE, "/break-glass", &known).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.html.matches("INC-4711</textarea>").count(), 1, "{}", refused.html);
        assert_eq!(refused.html.matches(r#"-expires_at-wrong">"#).count(), 1, "{}", refused.html);
        assert!(refused.html.contains("is more than 90 days ahead"), "{}", refused.html);
    }

    async fn others_see_it_and_do_what_their_role_is_for(plane: Plane) {
        let (_account, running) = bypassed(&plane).await;
        let platform = visitor(&plane, &running, Role::Platform).await;
        assert_eq!(platform.fill(PAGE, PAGE, &[]).await.status, 303);
        let shown = platform.open(PAGE).await.html;
        assert!(shown.contains("Look now") && shown.contains(ONCALL) && !shown.contains("/break-glass"), "{shown}");
        let auditor = visitor(&plane, &running, Role::Auditor).await;
        let shown = auditor.open(PAGE).await.html;
        assert!(shown.contains(ONCALL) && !shown.contains("Look now") && !shown.contains("/break-glass"), "{shown}");
        assert_eq!(auditor.fill(PAGE, PAGE, &[]).await.status, 403);
        let day = day(plane.clock.now(), 30);
        let known = [("arn", ONCALL), ("reason", "INC-4711"), ("expires_at", &day)];
        for refused in [platform.fill(PAGE, "/break-glass", &known).await, auditor.fill(PAGE, "/break-glass", &known).await] {
            assert_eq!(refused.status, 403);
            assert!(refused.html.contains("may not acknowledge a way around the fanner"), "{}", refused.html);
        }
        let member = visitor(&plane, &running, Role::Member).await;
        assert_eq!(member.open(PAGE).await.status, 403);
        assert!(!member.open("/").await.html.contains(PAGE), "there is no link to it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_read_is_told_and_nothing_is_called_clean() {
    let plane = Plane::on_sqlite().await;
    let running = plane.watching(aws(&stingy("DescribeStreamSummary").await), meant()).await;
    let security = visitor(&plane, &running, Role::Security).await;
    assert_eq!(security.fill(PAGE, PAGE, &[]).await.status, 303);
    let shown = security.open(PAGE).await.html;
    for told in [
        r#"<span class="badge open">unknown</span>"#,
        "<dt>the users, groups, roles and policies</dt>",
        "the control plane lacks the permission `iam:GetAccountAuthorizationDetails`",
    ] {
        assert!(shown.contains(told), "`{told}` is not in {shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_in_vain_is_told_on_the_page() {
    let plane = Plane::on_sqlite().await;
    let running = plane.watching(aws(&stingy("nothing").await), meant()).await;
    let security = visitor(&plane, &running, Role::Security).await;
    let refused = security.fill(PAGE, PAGE, &[]).await;
    assert_eq!(refused.status, 503);
    assert!(
        refused.html.contains(r#"role="alert""#) && refused.html.contains("kinesis:DescribeStreamSummary"),
        "{}",
        refused.html
    );
    assert!(
        refused.html.contains("Look now") && refused.html.contains("no bypass report could be taken yet"),
        "{}",
        refused.html
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_with_findings_is_open_to_everybody_who_reads_differently() {
    let plane = Plane::on_sqlite().await;
    let (_account, running) = bypassed(&plane).await;
    let endpoint = format!("http://{}", running.address());
    let security = visitor(&plane, &running, Role::Security).await;
    assert_eq!(security.fill(PAGE, PAGE, &[]).await.status, 303);
    let day = day(plane.clock.now(), 30);
    let known = [("arn", "arn:aws:iam::123456789012:role/other"), ("reason", "INC-4712"), ("expires_at", &day)];
    assert_eq!(security.fill(PAGE, "/break-glass", &known).await.status, 303);
    for (kind, look) in [("wide", DESKTOP), ("narrow", Look { width: 320, dark: true, ..DESKTOP })] {
        let browser = Browser::logged_in(look, &endpoint, &plane.token("security", Role::Security).await).await;
        browser.open(&format!("{endpoint}{PAGE}")).await;
        browser.picture(&format!("bypassed-{kind}")).await;
        assert_eq!(browser.examine(FINDINGS).await, json!([]), "{kind}");
    }
}

#[tokio::test]
async fn where_nobody_said_who_may_read_the_page_says_so() {
    let plane = Plane::on_sqlite().await;
    let security = Visitor::of(&plane, "security", Role::Security).await;
    let shown = security.open(PAGE).await;
    assert_eq!(shown.status, 200);
    assert!(shown.html.contains("start the control plane with `--ges-readers`"), "{}", shown.html);
    assert!(!shown.html.contains("Look now"), "{}", shown.html);
}

/// An account in which the role `oncall` reads the Global Event Stream, and a control plane that looks.
async fn bypassed(plane: &Plane) -> (Account, Running) {
    let account = Account::clean().await;
    account.role("oncall", "ec2.amazonaws.com").await;
    account.allow("oncall", "read", &["kinesis:GetRecords"], GES).await;
    let running = plane.watching(account.aws(), meant()).await;
    (account, running)
}

/// Somebody who has logged in at that control plane.
async fn visitor(plane: &Plane, running: &Running, role: Role) -> Visitor {
    let mut visitor = Visitor::at(&format!("http://{}", running.address()));
    let sent = visitor.log_in(plane.token("fraud", role).await.expose()).await;
    visitor.keep(&sent);
    visitor
}

/// The day that is so many days after a moment, as a form sends it.
fn day(now: Timestamp, days: u64) -> String {
    (now + Duration::from_secs(days * 24 * 3600)).strftime("%F").to_string()
}
