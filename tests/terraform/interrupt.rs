//! An apply that does not get to its end: the next one goes on from there, and no stream is orphaned or destroyed.

use std::process::{Child, Stdio};

use fanner_model::Classification;
use fanner_tests::{Run, Workspace, World, eventually};

const STREAM: &str = "resource \"fanner_stream\" \"s\" {\n  name        = \"slow\"\n  shard_count = 1\n  events      = [\"card_swiped\"]\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_create_is_resumed_by_the_next_apply() {
    let (world, terraform) = declared().await;
    world.hold("CreateStream");
    terraform.write(STREAM);
    let apply = start(&terraform);
    let slow = "slow".parse().unwrap();
    eventually("the stream to be asked for", async || world.platform().stream(&slow).await.ok()).await;
    let id = world.platform().stream(&slow).await.unwrap().id;
    interrupt(&apply);
    let text = Run::from(apply.wait_with_output().unwrap()).text;
    assert_eq!(terraform.attributes("fanner_stream.s")["status"], "creating", "{text}");

    assert_eq!(terraform.planned_changes(), ["fanner_stream.s: update"]);
    world.faults().clear();
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(world.platform().stream(&slow).await.unwrap().id, id, "it is the same stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_takes_too_long_is_resumed_by_the_next_apply() {
    let (world, terraform) = declared().await;
    world.hold("CreateStream");
    let impatient = STREAM.replace("\n}", "\n  timeouts    = { create = \"1s\" }\n}");
    let run = terraform.write(&impatient).apply();
    assert!(run.text.contains("Warning: "), "{}", run.text);
    assert_eq!(terraform.attributes("fanner_stream.s")["status"], "creating");
    assert_eq!(terraform.planned_changes(), ["fanner_stream.s: update"]);
    world.faults().clear();
    terraform.apply();
    terraform.plan_is_empty();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_step_that_fails_does_not_taint_the_stream() {
    let (world, terraform) = declared().await;
    world.deny("IncreaseStreamRetentionPeriod");
    let longer = STREAM.replace("\n}", "\n  retention_hours = 48\n}");
    let run = terraform.write(&longer).apply();
    assert!(run.text.contains("kinesis:IncreaseStreamRetentionPeriod"), "{}", run.text);
    assert!(world.describe("slow").await.is_some());
    let refused = terraform.apply_fails();
    assert!(refused.contains("kinesis:IncreaseStreamRetentionPeriod"), "{refused}");
    assert_eq!(terraform.planned_changes(), ["fanner_stream.s: update"]);
    world.faults().clear();
    terraform.apply();
    terraform.plan_is_empty();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_that_takes_too_long_keeps_the_stream_in_the_state() {
    let (world, terraform) = declared().await;
    terraform.write(&STREAM.replace("\n}", "\n  timeouts    = { delete = \"1s\" }\n}")).apply();
    world.hold("DeleteStream");
    terraform.run(&["destroy", "-auto-approve", "-no-color"]).failed("destroy");
    assert_eq!(terraform.attributes("fanner_stream.s")["name"], "slow");
    world.faults().clear();
    eventually("the stream to be gone", async || world.describe("slow").await.is_none().then_some(())).await;
    terraform.destroy();
    assert!(terraform.attributes("fanner_stream.s").is_null());
}

async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped"]).await;
    let terraform = Workspace::new(&world);
    (world, terraform)
}

fn start(terraform: &Workspace) -> Child {
    let mut command = terraform.command(&["apply", "-auto-approve", "-input=false", "-no-color"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("terraform can be started")
}

/// What ^C does to Terraform.
pub(crate) fn interrupt(child: &Child) {
    let sent = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill can be started");
    assert!(sent.success());
}
