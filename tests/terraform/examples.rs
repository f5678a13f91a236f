//! Every example in `examples/` is applied as it stands.

use std::fs;
use std::path::{Path, PathBuf};

use fanner_model::Classification;
use fanner_tests::{HEADER, Workspace, World, workspace};

/// What only security declares.
const SECURITY: [&str; 3] = ["resources/fanner_policy", "resources/fanner_grant", "resources/fanner_quarantine"];

#[tokio::test(flavor = "multi_thread")]
async fn every_example_applies_and_then_there_is_nothing_to_do() {
    let files = configurations(&workspace().join("examples"));
    assert!(4 < files.len(), "{files:?}");
    for file in files {
        let example = fs::read_to_string(&file).unwrap();
        let world = World::new().await;
        if !example.contains("resource \"fanner_event_type\"") {
            world.declare("platform", Classification::Internal, &["card_swiped", "account_opened"]).await;
            world.declare("platform", Classification::Public, &["weather_observed"]).await;
        }
        let is_for_security = SECURITY.iter().any(|noun| file.to_string_lossy().contains(noun));
        let terraform = if is_for_security { Workspace::as_security(&world) } else { Workspace::new(&world) };
        if file.to_string_lossy().contains("data-sources") {
            let maker = Workspace::new(&world);
            maker.write(
                "resource \"fanner_stream\" \"s\" {\n  name   = \"fraud-signals\"\n  events = [\"card_swiped\"]\n}\n",
            );
            maker.apply();
        }
        let header = if example.contains("provider \"fanner\"") { "" } else { HEADER };
        fs::write(terraform.path().join("main.tf"), [header, &example].concat()).unwrap();
        if example.contains("reader_role") {
            // There is no IAM here. `tests/reader` applies the like; this one is good, and refused for that reason alone.
            let refused = terraform.plan_fails();
            assert!(refused.contains("This platform makes no reader roles"), "{refused}");
            assert_eq!(refused.matches("Error: ").count(), 1, "{refused}");
            continue;
        }
        let run = terraform.run(&["apply", "-auto-approve", "-input=false", "-no-color"]);
        assert!(run.success, "{}:\n{}", file.display(), run.text);
        terraform.plan_is_empty();
        terraform.destroy();
    }
}

/// The `.tf` files below a folder.
fn configurations(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read").flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries
        .flat_map(|path| match path.is_dir() {
            true => configurations(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "tf"))
        .collect();
    found.sort();
    found
}
