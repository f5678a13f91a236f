//! Arrows that the compiler cannot check: which crate and which module may use which.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fanner_tests::workspace;

/// The crates of the workspace, and those that only some of them may depend on; and who depends on which.
const CRATES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("access", &["fanner-model", "cedar-policy"]),
    ("note", &["fanner-model"]),
    ("audit", &["fanner-model", "fanner-note"]),
    ("bypass", &["fanner-model"]),
    ("event", &["fanner-model"]),
    ("client", &["fanner-model"]),
    ("server", &[]),
    (
        "control-plane",
        &[
            "fanner-model",
            "fanner-note",
            "fanner-access",
            "fanner-audit",
            "fanner-bypass",
            "fanner-server",
            "aws-config",
            "aws-sdk-firehose",
            "aws-sdk-iam",
            "aws-sdk-kinesis",
            "aws-sdk-kms",
            "aws-sdk-lambda",
            "sqlx",
        ],
    ),
    (
        "fanner",
        &[
            "fanner-model",
            "fanner-note",
            "fanner-event",
            "fanner-client",
            "fanner-server",
            "aws-config",
            "aws-sdk-kinesis",
        ],
    ),
    ("provider", &["fanner-model", "fanner-client"]),
    ("cli", &["fanner-model", "fanner-audit", "fanner-client"]),
    (
        "local",
        &[
            "fanner-model",
            "fanner-client",
            "fanner-server",
            "fanner-control-plane",
            "fanner",
            "aws-config",
            "aws-sdk-kinesis",
        ],
    ),
];

/// In each program, the modules that are limited in what other modules they may use.
const MODULES: &[(&str, &str, &[&str])] = &[
    ("control-plane", "access", &[]),
    ("control-plane", "identity", &[]),
    ("control-plane", "store", &[]),
    ("control-plane", "world", &["access", "store"]),
    ("control-plane", "rules", &["clock", "signal", "store", "world"]),
    ("control-plane", "bypass", &["app", "aws", "clock", "ops"]),
    ("control-plane", "review", &["app", "error", "ops", "world"]),
    ("control-plane", "reconcile", &["clock", "signal", "store", "telemetry"]),
    ("control-plane", "aws", &["clock", "reconcile", "telemetry"]),
    ("control-plane", "ops", &["access", "app", "bypass", "clock", "error", "identity", "reconcile", "store", "world"]),
    ("control-plane", "notary", &["clock", "store"]),
    ("control-plane", "signing", &[]),
    ("control-plane", "waiting", &["access"]),
    ("control-plane", "http", &["access", "app", "error", "ops", "store"]),
    ("control-plane", "page", &["access", "app", "error", "http", "ops"]),
    ("fanner", "router", &[]),
    ("fanner", "checkpoint", &["sealed", "source"]),
    ("provider", "plugin", &[]),
];

#[test]
fn crates_depend_on_each_other_only_as_the_map_says() {
    let watched: BTreeSet<_> = CRATES.iter().flat_map(|(_, may)| may.iter().copied()).collect();
    for (name, may) in CRATES {
        let manifest = read(&workspace().join(name).join("Cargo.toml"));
        let normal = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        let named = normal.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        let wrong: Vec<_> = named.filter(|named| watched.contains(named) && !may.contains(named)).collect();
        assert!(wrong.is_empty(), "{name} may not depend on {wrong:?}");
    }
}

#[test]
fn modules_use_each_other_only_as_the_map_says() {
    for (program, module, may) in MODULES {
        let source = workspace().join(program).join("src");
        let files = files(&source).into_iter().filter(|file| belongs_to(file, &source, module));
        for file in files {
            let used = read(&file);
            let used = used.lines().filter_map(|line| line.trim_start().strip_prefix("use crate::"));
            let used = used.filter_map(|path| path.split([':', ';', '{']).next());
            // A type at the root is re-exported there for everybody.
            let used = used.filter(|used| used.starts_with(|first: char| first.is_ascii_lowercase()));
            let wrong: Vec<_> = used.filter(|used| used != module && !may.contains(used)).collect();
            assert!(wrong.is_empty(), "{} may not use {wrong:?}", file.display());
        }
    }
}

/// The files of the store that write what no caller asked for: what is seen, noted or signed, and what time changes.
const UNRECORDED: &[&str] = &[
    "bypass.rs",
    "checkpoint.rs",
    "delivery.rs",
    "enforcement.rs",
    "login.rs",
    "mod.rs",
    "revision.rs",
    "sighting.rs",
    "token.rs",
    "turn.rs",
    "worker.rs",
];

#[test]
fn what_callers_ask_for_is_written_with_an_entry_of_the_audit_log() {
    for file in files(&workspace().join("control-plane/src/store")) {
        let text = read(&file);
        let writes = text.contains("on!(self.writing") || text.contains("transact!(self.writing");
        let may = UNRECORDED.iter().any(|name| file.ends_with(name));
        assert!(!writes || may, "{} writes; use `change!`, which takes the author and the deeds", file.display());
    }
}

#[test]
fn planning_knows_neither_the_network_nor_the_time() {
    for file in [
        "reconcile/plan.rs",
        "reconcile/outcome.rs",
        "reconcile/ladder.rs",
        "rules/compile.rs",
        "world/asking.rs",
        "world/moment.rs",
        "world/reader.rs",
        "world/impact.rs",
        "world/finding/mod.rs",
        "ops/campaign/scope.rs",
        "ops/campaign/csv.rs",
        "world/finding/about_grant.rs",
        "world/finding/about_permission.rs",
        "world/team_access.rs",
        "identity/jwt.rs",
        "identity/presigned.rs",
        "identity/aws.rs",
        "identity/throttle.rs",
    ] {
        let text = read(&workspace().join("control-plane/src").join(file));
        for impure in ["async ", "aws_sdk", "tokio", "Clock", "sqlx"] {
            assert!(!text.contains(impure), "{file} is pure, but names `{impure}`");
        }
    }
}

#[test]
fn the_ten_longest_files_are_no_secret() {
    let lengths = CRATES.iter().flat_map(|(name, _)| files(&workspace().join(name).join("src")));
    let mut lengths: Vec<_> = lengths.map(|file| (read(&file).lines().count(), file)).collect();
    lengths.sort_by(|one, other| other.cmp(one));
    for (lines, file) in lengths.iter().take(10) {
        println!("{lines:5} {}", file.strip_prefix(workspace()).unwrap_or(file).display());
    }
    assert!(lengths[0].0 <= 500, "{} has {} lines; which second noun moved in?", lengths[0].1.display(), lengths[0].0);
}

/// Whether a file is part of a module's code, rather than of its tests.
fn belongs_to(file: &Path, source: &Path, module: &str) -> bool {
    let path = file.strip_prefix(source).unwrap_or(file);
    let first = path.components().next().map(|first| first.as_os_str().to_string_lossy().into_owned());
    let is_test = path.file_name().is_some_and(|name| name == "tests.rs" || name == "simulation.rs");
    !is_test && first.is_some_and(|first| first == module || first == format!("{module}.rs"))
}

/// All Rust files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let below = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
