//! Reader roles by the real Terraform.

use fanner_model::Role;
use fanner_tests::{Workspace, program};
use serde_json::json;

use crate::setting::{Setting, arns};

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_role_is_planned_made_narrowed_and_taken_away() {
    let setting = Setting::new().await;
    let terraform = terraform(&setting).await;
    terraform.write(&stream("")).apply();
    let id = terraform.attributes("fanner_stream.s")["id"].as_str().expect("it has an id").to_owned();
    let expected = format!("arn:aws:iam::123456789012:role/fanner/readers/fanner-reader-{id}");

    let plan = terraform.write(&stream(&role(&["a", "b"]))).plan();
    assert_eq!(plan["resource_changes"][0]["change"]["after"]["reader_role_arn"], json!(expected));
    terraform.apply();
    terraform.plan_is_empty();
    assert_eq!(terraform.attributes("fanner_stream.s")["reader_role_arn"], json!(expected));
    let id = id.parse().expect("it is an id");
    assert_eq!(setting.iam.role(id).await.expect("the role is there").trusted(), &json!(arns(&["a", "b"])));

    terraform.write(&stream(&role(&["b"]))).apply();
    terraform.plan_is_empty();
    assert!(setting.iam.role(id).await.expect("the role is there").inline.contains_key("fanner-sessions"));

    terraform.write(&stream("")).apply();
    terraform.plan_is_empty();
    assert!(terraform.attributes("fanner_stream.s")["reader_role_arn"].is_null());
    assert_eq!(setting.iam.role(id).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_role_comes_with_its_stream_survives_an_import_and_goes_with_it() {
    let setting = Setting::new().await;
    let terraform = terraform(&setting).await;
    let whole = format!("{}    application = \"fraud.scores\"\n  }}\n", role(&["a"]).trim_end().trim_end_matches('}'));
    terraform.write(&stream(&whole)).apply();
    terraform.plan_is_empty();
    for arguments in
        [&["state", "rm", "fanner_stream.s"][..], &["import", "-input=false", "fanner_stream.s", "signals"]]
    {
        terraform.run(arguments).ok("import");
    }
    terraform.plan_is_empty();
    let id = terraform.attributes("fanner_stream.s")["id"].as_str().expect("it has an id").parse().expect("it is one");
    assert!(setting.iam.role(id).await.is_some());
    terraform.destroy();
    assert_eq!(setting.iam.role(id).await, None);
}

fn role(trusted: &[&str]) -> String {
    format!("  reader_role = {{\n    trusted = {}\n  }}\n", json!(arns(trusted)))
}

fn stream(more: &str) -> String {
    format!("resource \"fanner_stream\" \"s\" {{\n  name        = \"signals\"\n  shard_count = 1\n{more}}}\n")
}

/// A folder whose Terraform takes the provider from here and talks to this control plane, as a member of `fraud`.
async fn terraform(setting: &Setting) -> Workspace {
    let folder = tokio::task::spawn_blocking(|| program("terraform-provider-fanner")).await.expect("it is built");
    let folder = folder.parent().expect("it is in a folder");
    let token = setting.token("fraud", Role::Member).await;
    let workspace = Workspace::in_environment(
        [("FANNER_ENDPOINT", setting.endpoint()), ("FANNER_TOKEN", token.expose())].into_iter(),
    );
    let overrides = ["registry.terraform.io", "registry.opentofu.org"]
        .map(|host| format!("\"{host}/fanner/fanner\" = {folder:?}\n"));
    let settings = workspace.path().join("terraform.rc");
    let text = format!("provider_installation {{\ndev_overrides {{\n{}}}\ndirect {{}}\n}}\n", overrides.concat());
    std::fs::write(&settings, text).expect("the folder can be written");
    workspace.and("TF_CLI_CONFIG_FILE", &settings.to_string_lossy())
}
