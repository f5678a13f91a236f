//! The pages in a real browser, used by keyboard alone, with and without scripts.

use fanner_model::{RequestStatus, Role};
use fanner_tests::{Plane, eventually};
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
    browser.arrived(&format!("/requests/{}", request.id)).await;
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

/// A browser whose user is of a team and logged in.
pub(crate) async fn log_in(plane: &Plane, look: Look, team: &str, role: Role) -> Browser {
    Browser::logged_in(look, &plane.endpoint(), &plane.token(team, role).await).await
}
