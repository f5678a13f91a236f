//! The pages in a real browser: by keyboard alone, with and without scripts, wide and narrow, by day and by night.

use fanner_model::{RequestStatus, Role};
use fanner_tests::{Plane, eventually};
use serde_json::json;
use thirtyfour::Key;

use super::browser::{Browser, DESKTOP, Look};
use super::visitor::asked;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_finds_the_request_and_approves_it_by_keyboard_alone() {
    approved_by_keyboard(DESKTOP).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_works_where_no_script_runs() {
    approved_by_keyboard(Look { scripts: false, ..DESKTOP }).await;
}

async fn approved_by_keyboard(look: Look) {
    let plane = Plane::on_sqlite().await;
    let request = asked(&plane).await;
    let browser = log_in(&plane, look, "payments", Role::Member).await;
    browser.tab_to("href", &format!("/requests/{}", request.id)).await;
    browser.press(Key::Enter).await;
    arrived(&browser, &format!("/requests/{}", request.id)).await;
    browser.tab_to("name", "comment").await;
    browser.press("fine with us").await;
    browser.press(Key::Tab).await;
    browser.press(Key::Enter).await;
    let payments = plane.member("payments").await;
    eventually("the request to be approved", async || {
        let request = payments.request(request.id).await.expect("it is there");
        matches!(request.status, RequestStatus::Approved { .. }).then_some(())
    })
    .await;
    browser.picture(if look.scripts { "approved" } else { "approved-without-scripts" }).await;
}

/// A browser whose user typed a token into the first field and pressed Enter.
async fn log_in(plane: &Plane, look: Look, team: &str, role: Role) -> Browser {
    let browser = Browser::start(look).await;
    browser.open(&plane.endpoint()).await;
    browser.press(plane.token(team, role).await.expose()).await;
    browser.press(Key::Enter).await;
    arrived(&browser, "/").await;
    browser
}

async fn arrived(browser: &Browser, path: &str) {
    eventually("the page", async || {
        let address = browser.driver.current_url().await.expect("there is a page");
        (address.path() == path).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_open_to_everybody_who_reads_differently() {
    let plane = Plane::on_sqlite().await;
    let request = asked(&plane).await;
    let pages = [
        ("overview", "/".to_owned()),
        ("requests", "/requests".to_owned()),
        ("request", format!("/requests/{}", request.id)),
        ("streams", "/streams".to_owned()),
        ("stream", "/streams/s".to_owned()),
        ("event-types", "/event-types".to_owned()),
        ("event-type", "/event-types/card_swiped".to_owned()),
        ("team", "/teams/fraud".to_owned()),
        ("grants", "/grants".to_owned()),
        ("policies", "/policies".to_owned()),
        ("policy", "/policies/default".to_owned()),
        ("permissions", "/permissions".to_owned()),
        ("quarantines", "/quarantines".to_owned()),
        ("impact", "/impact".to_owned()),
        ("explanation", "/explanation?stream=s&event=card_swiped&at=".to_owned()),
        ("findings", "/findings".to_owned()),
        ("campaigns", "/campaigns".to_owned()),
        ("audit", "/audit".to_owned()),
        ("problem", "/streams/nothing".to_owned()),
    ];
    for (kind, look) in
        [("wide", DESKTOP), ("narrow", Look { width: 320, ..DESKTOP }), ("dark", Look { dark: true, ..DESKTOP })]
    {
        let browser = log_in(&plane, look, "security", Role::Security).await;
        for (name, path) in &pages {
            browser.open(&format!("{}{path}", plane.endpoint())).await;
            browser.picture(&format!("{name}-{kind}")).await;
            assert_eq!(browser.examine(FINDINGS).await, json!([]), "{path}, {kind}");
        }
    }
}

/// What is wrong with a page for those who do not see it, do not see it well, or have no mouse.
const FINDINGS: &str = r##"
const wrong = [];
const all = selector => [...document.querySelectorAll(selector)];
const expect = (fact, words) => { if (!fact) wrong.push(words); };
const told = element => element.outerHTML.slice(0, 120);
expect(document.documentElement.lang === 'en', 'the language is not said');
expect(document.title.length > 9, 'no title');
for (const [selector, count] of [['h1', 1], ['main', 1], ['body > header', 1], ['nav[aria-label]', 1], ['a.skip', 1]])
  expect(all(selector).length === count, `${selector}: ${all(selector).length}`);
expect(document.querySelector('a') === document.querySelector('a.skip'), 'the skip link is not the first');
all('input:not([type=hidden]), select, textarea').forEach(field => expect(field.labels.length, `no label: ${told(field)}`));
all('button, a').forEach(element => expect((element.getAttribute('aria-label') || element.textContent).trim(), `no name: ${told(element)}`));
all('table').forEach(table => expect(table.caption && table.caption.textContent.trim(), `no caption: ${told(table)}`));
all('th').forEach(head => expect(head.scope, `no scope: ${told(head)}`));
const ids = all('[id]').map(element => element.id);
ids.forEach((id, index) => expect(ids.indexOf(id) === index, `id ${id} is there twice`));
all('[aria-labelledby], [aria-describedby]').forEach(element =>
  expect(ids.includes(element.getAttribute('aria-labelledby') || element.getAttribute('aria-describedby')), `refers to nothing: ${told(element)}`));
let level = 0;
all('h1, h2, h3').forEach(head => { const next = +head.tagName[1]; expect(next <= level + 1, `level ${next} after ${level}`); level = next; });
expect(document.documentElement.scrollWidth <= innerWidth, `the page is ${document.documentElement.scrollWidth} wide in ${innerWidth}`);
expect(!all('script, [style], [onclick]').length, 'there is a script or a style in the page');
const parse = color => color.match(/[\d.]+/g).map(Number);
const light = color => { const [r, g, b] = color.map(c => { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
const ground = element => { for (let e = element; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
all('body *').filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())).forEach(element => {
  const [one, other] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
  const contrast = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
  expect(contrast >= 4.5, `contrast ${contrast.toFixed(2)}: ${told(element)}`);
});
return wrong;
"##;
