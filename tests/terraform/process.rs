//! The provider as a process: started and stopped by Terraform many times, leaving nothing behind.

use fanner_model::Classification;
use fanner_tests::{Workspace, World, program};

const STREAM: &str = "resource \"fanner_stream\" \"s\" {\n  name   = \"s\"\n  events = [\"card_swiped\"]\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_behind_when_terraform_ends() {
    let (_world, terraform) = declared().await;
    let sockets = tempfile::tempdir().unwrap();
    let terraform = terraform.and("TMPDIR", sockets.path().to_str().unwrap());
    terraform.write(STREAM).apply();
    let left: Vec<_> = std::fs::read_dir(sockets.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.iter().all(|path| !path.to_string_lossy().contains("plugin")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_our_lines_at_their_levels_and_no_secret() {
    let (world, terraform) = declared().await;
    let terraform = terraform.and("TF_LOG_PROVIDER", "TRACE");
    let run = terraform.write(STREAM).apply();
    assert!(run.text.contains("[DEBUG] provider.terraform-provider-fanner"), "{}", run.text);
    assert!(!run.text.contains(world.variable("FANNER_TOKEN")), "the token is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_has_no_secret() {
    let (world, terraform) = declared().await;
    terraform.write(STREAM).apply();
    let state = std::fs::read_to_string(terraform.path().join("terraform.tfstate")).unwrap();
    assert!(!state.contains(world.variable("FANNER_TOKEN")));
}

#[tokio::test(flavor = "multi_thread")]
async fn init_finds_the_provider_and_locks_it() {
    let (_world, terraform) = declared().await;
    terraform.write(STREAM).run(&["init", "-no-color", "-input=false"]).ok("init");
    let lock = std::fs::read_to_string(terraform.path().join(".terraform.lock.hcl")).unwrap();
    assert!(lock.contains("registry.terraform.io/fanner/fanner"), "{lock}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_does_not_depend_on_parallelism() {
    let (world, terraform) = declared().await;
    let many: String = (0..12).map(|n| STREAM.replace("\"s\"", &format!("\"s{n}\""))).collect();
    terraform.write(&many);
    for parallelism in ["-parallelism=1", "-parallelism=50"] {
        terraform.run(&["apply", "-auto-approve", "-no-color", parallelism]).ok("apply");
        terraform.plan_is_empty();
        assert_eq!(world.stream_names().await.len(), 13);
        terraform.run(&["destroy", "-auto-approve", "-no-color", parallelism]).ok("destroy");
        assert_eq!(world.stream_names().await, ["global-events"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_test_runs_with_the_real_and_with_a_mocked_provider() {
    let (_world, terraform) = declared().await;
    terraform.write(STREAM).run(&["init", "-no-color"]).ok("init");
    let run = "run \"it\" {\n  assert {\n    condition     = fanner_stream.s.name == \"s\"\n    error_message = \"no\"\n  }\n}\n";
    for (file, mock) in [("real", ""), ("mocked", "mock_provider \"fanner\" {}\n")] {
        std::fs::write(terraform.path().join(format!("{file}.tftest.hcl")), format!("{mock}{run}")).unwrap();
        terraform.run(&["test", "-no-color", &format!("-filter={file}.tftest.hcl")]).ok("test");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_starts_it_is_told_what_it_is() {
    let output = std::process::Command::new(program("terraform-provider-fanner")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("plugin"), "{output:?}");
}

async fn declared() -> (World, Workspace) {
    let world = World::new().await;
    world.declare("platform", Classification::Internal, &["card_swiped"]).await;
    let terraform = Workspace::new(&world);
    (world, terraform)
}
