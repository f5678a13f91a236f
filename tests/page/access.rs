//! The whole story of access as two teams live it, one with Terraform and one at the pages: refused at plan, pending after
//! apply, approved, delivered without a second apply, extended, revoked.

use fanner_client::Client;
use fanner_model::Secret;
use fanner_tests::flow::{flows, flows_no_more};
use fanner_tests::story::{access, declare, stream};
use fanner_tests::{Workspace, World, eventually};
use thirtyfour::Key;

use super::browser::{Browser, DESKTOP};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_terraform_asks_for_is_approved_on_the_page_and_flows() {
    let world = World::new().await;
    declare(&world).await;
    let token = world.token("fraud").await;
    let (fraud, terraform) = (world.client(&token), Workspace::with_token(&world, &token));

    terraform.write(&stream(r#"["own", "salary_paid"]"#));
    let refused = terraform.plan_fails();
    assert!(refused.contains("`salary_paid` is `restricted` and team `fraud` is cleared for `internal`"), "{refused}");

    terraform.write(&stream(r#"["own", "card_swiped"]"#));
    let planned = terraform.run(&["plan", "-no-color", "-input=false"]).ok("plan").text;
    assert!(planned.contains("These events flow once they are approved"), "{planned}");
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(access(&terraform)["status"], "pending");
    flows_no_more(&world, "fraud-signals", "card_swiped", "own").await;
    let waiting = told(&terraform);
    assert!(waiting.contains("waits for its owner, team `payments`"), "{waiting}");

    let consumer = at_the_page(&world, "fraud").await;
    let owner = at_the_page(&world, "payments").await;
    approve(&owner, &fraud).await;
    flows(&world, "fraud-signals", "card_swiped").await;
    terraform.plan_is_empty();
    terraform.run(&["apply", "-refresh-only", "-auto-approve", "-no-color"]).ok("refresh");
    assert_eq!(access(&terraform)["status"], "active");

    let grants = async || fraud.grants(None, true).await.expect("a list").items;
    let [first] = grants().await.try_into().expect("one grant");
    let grant = format!("/grants/{}", first.id);
    consumer.open(&format!("{}{grant}", world.variable("FANNER_ENDPOINT"))).await;
    consumer.tab_to("name", "until").await;
    consumer.press(Key::Enter).await;
    approve(&owner, &fraud).await;
    let [longer] = grants().await.try_into().expect("still one");
    assert!(longer.id == first.id && first.until < longer.until, "{first:?}\n{longer:?}");
    terraform.plan_is_empty();

    owner.open(&format!("{}{grant}", world.variable("FANNER_ENDPOINT"))).await;
    owner.tab_to("name", "reason").await;
    owner.press("leak").await;
    owner.press(Key::Tab).await;
    owner.press(Key::Enter).await;
    flows_no_more(&world, "fraud-signals", "card_swiped", "own").await;
    let revoked = told(&terraform);
    assert!(revoked.contains(": leak; ask again to go on"), "{revoked}");
    assert!(grants().await.is_empty());
}

/// What a plan without changes says.
fn told(terraform: &Workspace) -> String {
    let told = terraform.run(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]).ok("plan").text;
    assert!(told.contains("No changes"), "{told}");
    told
}

async fn at_the_page(world: &World, team: &str) -> Browser {
    Browser::logged_in(DESKTOP, world.variable("FANNER_ENDPOINT"), &Secret::new(&world.token(team).await)).await
}

/// Finds the one request that waits on the first page, opens it and approves it, by keyboard.
async fn approve(owner: &Browser, consumer: &Client) {
    let pending = async || consumer.requests(None, true).await.expect("a list").items;
    let request = eventually("the request", async || pending().await.pop()).await;
    let path = format!("/requests/{}", request.id);
    let overview = owner.driver.current_url().await.expect("there is a page").join("/").expect("it has a root");
    owner.open(overview.as_str()).await;
    owner.tab_to("href", &path).await;
    owner.press(Key::Enter).await;
    owner.arrived(&path).await;
    owner.tab_to("name", "comment").await;
    owner.press("fine with us").await;
    owner.press(Key::Tab).await;
    owner.press(Key::Enter).await;
    eventually("the approval", async || pending().await.is_empty().then_some(())).await;
}
