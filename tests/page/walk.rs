//! A walk through every page, by day and by night, wide and narrow: whoever reads differently can use them all.

use std::collections::BTreeMap;
use std::time::Duration;

use fanner_model::{Comment, Extension, Reason, RequestStatus, Role};
use fanner_tests::{Plane, eventually};
use serde_json::json;
use thirtyfour::Key;

use super::Visitor;
use super::browser::{Browser, DESKTOP, Look};
use super::role::routes;
use super::story::log_in;
use super::visitor::asked;

/// What is no page of its own: it sends somebody on, or is a file.
const NO_PAGES: &[&str] = &["/login/{name}", "/login/{name}/back", "/campaigns/{id}/export"];

/// What is wrong with a page.
pub(crate) const FINDINGS: &str = include_str!("findings.js");

/// Notes what the focus comes to, if it can be seen there.
const WATCH: &str = "
window.reached = new Set();
addEventListener('focusin', ({target}) => { if (getComputedStyle(target).outlineStyle !== 'none') reached.add(target); });
";

/// What can be used and was not reached.
const MISSED: &str = r#"
const usable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
const shown = element => element.checkVisibility();
return [...document.querySelectorAll(usable)].filter(element => shown(element) && !reached.has(element)).map(element => element.outerHTML.slice(0, 120));
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_open_to_everybody_who_reads_differently() {
    let plane = Plane::on_sqlite().await;
    let pages = pages(&plane).await;
    for (kind, look) in
        [("wide", DESKTOP), ("narrow", Look { width: 320, ..DESKTOP }), ("dark", Look { dark: true, ..DESKTOP })]
    {
        let browser = log_in(&plane, look, "security", Role::Security).await;
        for (name, path) in &pages {
            browser.open(&format!("{}{path}", plane.endpoint())).await;
            browser.picture(&format!("{name}-{kind}")).await;
            assert_eq!(browser.examine(FINDINGS).await, json!([]), "{path}, {kind}");
        }
        refused(&plane, &browser).await;
        browser.picture(&format!("refused-{kind}")).await;
        assert_eq!(browser.examine(FINDINGS).await, json!([]), "a form that was refused, {kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_on_every_page_is_reached_by_the_tab_key() {
    let plane = Plane::on_sqlite().await;
    let pages = pages(&plane).await;
    for (team, role) in [("security", Role::Security), ("payments", Role::Member), ("fraud", Role::Member)] {
        let browser = log_in(&plane, DESKTOP, team, role).await;
        for path in pages.values() {
            browser.open(&format!("{}{path}", plane.endpoint())).await;
            assert_eq!(browser.examine(FINDINGS).await, json!([]), "{path}, {team}");
            browser.examine(WATCH).await;
            browser.press(Key::Tab.value().to_string().repeat(100)).await;
            assert_eq!(browser.examine(MISSED).await, json!([]), "{path}, {team}");
        }
    }
}

/// Each page with something on it, by what its picture is called. Whoever may not see one is shown that.
async fn pages(plane: &Plane) -> BTreeMap<String, String> {
    let examples = examples(plane).await;
    let patterns = routes().into_iter().filter(|(method, path)| method == "GET" && !NO_PAGES.contains(&path.as_str()));
    let page = |pattern: String| {
        let name = format!("page{}", pattern.trim_end_matches('/').replace('/', "-").replace(['{', '}'], ""));
        let path = match pattern.contains('{') {
            true => examples.get(pattern.as_str()).cloned().unwrap_or_else(|| panic!("name an example of `{pattern}`")),
            false => pattern,
        };
        (name, path)
    };
    let mut pages: BTreeMap<_, _> = patterns.map(|(_, pattern)| page(pattern)).collect();
    for (name, path) in [
        ("explained", "/explanation?stream=s&event=card_swiped&at="),
        ("problem", "/streams/nothing"),
        ("revoked", &examples["revoked"]),
    ] {
        pages.insert(name.to_owned(), path.to_owned());
    }
    pages
}

/// An example of each page that is about one thing.
async fn examples(plane: &Plane) -> BTreeMap<&'static str, String> {
    let request = asked(plane).await;
    let owner = plane.member("payments").await;
    let approved = async |id| match owner.approve(id, &Comment::default()).await.expect("the owner may").status {
        RequestStatus::Approved { grant, .. } => grant,
        other => panic!("{other:?}"),
    };
    let first = approved(request.id).await;
    owner.revoke(first, &Reason { reason: "a leak".to_owned() }).await.expect("the owner may");
    let fraud = plane.member("fraud").await;
    let second = approved(fraud.renew(request.id).await.expect("its team may").id).await;
    let open = fraud.extend(second, &Extension::default()).await.expect("its team may");
    [
        ("/requests/{id}", format!("/requests/{}", open.id)),
        ("/grants/{id}", format!("/grants/{second}")),
        ("revoked", format!("/grants/{first}")),
        ("/streams/{name}", "/streams/s".to_owned()),
        ("/event-types/{name}", "/event-types/card_swiped".to_owned()),
        ("/teams/{name}", "/teams/fraud".to_owned()),
        ("/policies/{name}", "/policies/default".to_owned()),
        ("/campaigns/{id}", campaign(plane).await),
    ]
    .into()
}

/// The page of a campaign about everything.
async fn campaign(plane: &Plane) -> String {
    let security = Visitor::of(plane, "security", Role::Security).await;
    let due = (plane.clock.now() + Duration::from_secs(14 * 24 * 3600)).strftime("%F").to_string();
    let fields = [("title", "Q3"), ("due_at", &*due), ("unanswered", "listed")];
    security.fill("/campaigns", "/campaigns", &fields).await.location().to_owned()
}

/// A quarantine that says not of whom, as the browser is told it.
async fn refused(plane: &Plane, browser: &Browser) {
    browser.open(&format!("{}/quarantines", plane.endpoint())).await;
    browser.tab_to("name", "reason").await;
    browser.press("INC-4711").await;
    browser.press(Key::Tab).await;
    browser.press(Key::Enter).await;
    eventually("the page to come again", async || {
        let title = browser.examine("return document.title").await;
        (title == "Not accepted: Quarantines · fanner").then_some(())
    })
    .await;
    let focused = browser.examine("return document.activeElement.name").await;
    assert_eq!(focused, json!("who_name"), "what is wrong has the focus");
}
