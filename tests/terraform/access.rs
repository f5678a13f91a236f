//! Access under Terraform where it is at odds with what else happens. `tests/page/access.rs` has the whole story.

use std::process::Stdio;

use fanner_client::Client;
use fanner_model::{AccessRequest, Comment, GrantId, Reason, RequestStatus, Role, Scope, TokenSpec};
use fanner_tests::flow::{flows, flows_no_more};
use fanner_tests::story::{access, declare, stream};
use fanner_tests::{Run, Workspace, World, eventually, named};

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_holds_though_terraform_is_at_work_on_the_stream() {
    let (world, terraform) = declared().await;
    let (fraud, payments) = (world.member("fraud").await, world.member("payments").await);
    let configuration = stream(r#"["own", "card_swiped"]"#);
    terraform.write(&configuration).apply();
    let grant = granted(&fraud, &payments).await;
    flows(&world, "fraud-signals", "card_swiped").await;

    world.hold("IncreaseStreamRetentionPeriod");
    terraform.write(&configuration.replace("\n}", "\n  retention_hours = 48\n}"));
    let mut apply = terraform.command(&["apply", "-auto-approve", "-input=false", "-no-color"]);
    let apply = apply.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("terraform can be started");
    eventually("the change to be asked for", async || {
        let stream = fraud.stream(&named("fraud-signals")).await.expect("it is there");
        (1 < stream.generation).then_some(())
    })
    .await;
    payments.revoke(grant, &Reason { reason: "leak".to_owned() }).await.expect("the owner may");
    flows_no_more(&world, "fraud-signals", "card_swiped", "own").await;
    world.faults().clear();
    Run::from(apply.wait_with_output().expect("it ends")).ok("apply");
    terraform.plan_is_empty();
    assert_eq!(access(&terraform)["status"], "denied");
    flows_no_more(&world, "fraud-signals", "card_swiped", "own").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_plan_phase_plans_and_applies_nothing() {
    let (world, _) = declared().await;
    let planning = TokenSpec { team: named("fraud"), role: Role::Member, scope: Scope::Plan, expires_at: None };
    let token = world.platform().issue_token(&planning).await.expect("it is issued").secret;
    let terraform = Workspace::with_token(&world, token.expose());
    terraform.write(&stream(r#"["own", "card_swiped"]"#));
    assert_eq!(terraform.planned_changes(), ["fanner_stream.fraud: create"]);
    let refused = terraform.apply_fails();
    assert!(refused.contains("A caller of the scope `plan` reads and plans; it may not change streams"), "{refused}");
    assert_eq!(world.stream_names().await, ["global-events"]);
}

async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    declare(&world).await;
    let terraform = Workspace::with_token(&world, &world.token("fraud").await);
    (world, terraform)
}

/// Has the owner approve the one request that waits.
async fn granted(consumer: &Client, owner: &Client) -> GrantId {
    let pending = async || consumer.requests(None, true).await.expect("a list").items.pop();
    let request: AccessRequest = eventually("the request", pending).await;
    match owner.approve(request.id, &Comment::default()).await.expect("the owner may").status {
        RequestStatus::Approved { grant, .. } => grant,
        other => panic!("the request was approved: {other:?}"),
    }
}
