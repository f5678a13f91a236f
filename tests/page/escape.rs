//! What people type is shown as they typed it, and never becomes part of the page.

use fanner_client::Precondition;
use fanner_model::{Comment, EventTypeSpec, Reason, Role};
use fanner_tests::{Plane, named};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Visitor;
use super::visitor::asked;

#[tokio::test]
async fn nothing_that_people_type_appears_unescaped() {
    let plane = Plane::on_sqlite().await;
    let request = asked(&plane).await;
    let (owner, asker) = (plane.member("payments").await, plane.member("fraud").await);
    let visitor = Visitor::of(&plane, "payments", Role::Member).await;
    let mut open = request.id;
    for typed in hostile(12) {
        owner.reject(open, &Reason { reason: marked(&typed) }).await.expect("the owner may");
        assert_shown(&visitor.open(&format!("/requests/{open}")).await.html, &typed);
        open = asker.renew(open).await.expect("its team may").id;
    }
    let typed = hostile(1).remove(0);
    owner.approve(open, &Comment { comment: Some(marked(&typed)) }).await.expect("the owner may");
    assert_shown(&visitor.open(&format!("/requests/{open}")).await.html, &typed);
    let described = EventTypeSpec { description: Some(marked(&typed)), ..EventTypeSpec::default() };
    owner.put_event_type(&named("card_swiped"), &described, Precondition::None).await.expect("the owner may");
}

#[tokio::test]
async fn nothing_that_is_typed_again_appears_unescaped() {
    let plane = Plane::on_sqlite().await;
    let security = Visitor::of(&plane, "security", Role::Security).await;
    for typed in hostile(12) {
        let text = marked(&typed);
        let fields = [("who", "team"), ("who_name", &*text), ("events", "everything"), ("reason", "x")];
        let refused = security.fill("/quarantines", "/quarantines", &fields).await;
        assert_eq!(refused.status, 422);
        for part in refused.html.split("x7").skip(1) {
            let part = part.split("7x").next().unwrap_or_default();
            assert!(!part.contains(['<', '>', '"', '\'']), "{part}");
        }
    }
}

#[tokio::test]
async fn nothing_in_an_address_appears_unescaped() {
    let plane = Plane::on_sqlite().await;
    let visitor = Visitor::of(&plane, "payments", Role::Member).await;
    for typed in hostile(12) {
        let text = reqwest::Url::parse_with_params("http://x/", [("to", marked(&typed))]).expect("it is an address");
        let query = text.query().expect("it has one");
        for path in [
            format!("/login?{query}"),
            format!("/requests?{query}"),
            format!("/requests/{}", &query[3..]),
            format!("/{}", &query[3..]),
        ] {
            let html = visitor.open(&path).await.html;
            for part in html.split("x7").skip(1) {
                let part = part.split("7x").next().unwrap_or_default();
                assert!(!part.contains(['<', '>', '"', '\'']), "{path}: {part}");
            }
        }
    }
}

/// Texts that would break out of a page if they could.
fn hostile(count: usize) -> Vec<String> {
    let mut texts = vec![r#""><script>alert(1)</script>"#.to_owned()];
    let mut runner = TestRunner::deterministic();
    let strategy = "[<>&\"'=/a-z ;#-]{1,40}";
    while texts.len() < count {
        texts.push(strategy.new_tree(&mut runner).expect("a text can be made").current());
    }
    texts
}

/// A text between marks, by which it is found in a page.
fn marked(text: &str) -> String {
    format!("x7{text}7x")
}

fn assert_shown(html: &str, typed: &str) {
    let (_, rest) = html.split_once("x7").unwrap_or_else(|| panic!("`{typed}` is not in {html}"));
    let shown = rest.split("7x").next().unwrap_or_default();
    assert!(!shown.contains(['<', '>', '"', '\'']), "`{typed}` is shown as {shown}");
    let plain = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    let read = plain.iter().fold(shown.to_owned(), |text, (entity, character)| text.replace(entity, character));
    assert_eq!(read, typed);
}
