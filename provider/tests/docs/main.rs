//! The documentation in the Registry's layout is what the schemas and the examples say. `UPDATE_DOCS=1` rewrites it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use terraform_provider_fanner::plugin::provider::Provider;
use terraform_provider_fanner::provider::Fanner;

use page::{Example, Kind, page};

#[test]
fn the_documentation_is_what_the_schemas_and_the_examples_say() {
    let pages = pages();
    #[expect(clippy::disallowed_methods, reason = "a test takes no arguments")]
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        write(&pages);
    }
    let found: Vec<_> =
        ["resources", "data-sources"].into_iter().flat_map(|folder| markdown(&docs().join(folder))).collect();
    for path in &found {
        assert!(pages.contains_key(path), "{} documents nothing that exists", path.display());
    }
    for (path, page) in &pages {
        let written = fs::read_to_string(path).unwrap_or_default();
        assert!(written == *page, "{} is stale; run the tests once with UPDATE_DOCS=1", path.display());
    }
}

/// Each page by the file that it belongs in.
fn pages() -> BTreeMap<PathBuf, String> {
    let provider = Fanner { variable: |_| None };
    let index = page(Kind::Provider, "fanner", &provider.schema(), &example("provider", "provider.tf", None));
    let mut pages = BTreeMap::from([(docs().join("index.md"), index)]);
    for resource in provider.resources() {
        let example = example(&format!("resources/{}", resource.name()), "resource.tf", Some("import.sh"));
        let page = page(Kind::Resource, resource.name(), &resource.schema(), &example);
        pages.insert(docs().join("resources").join(file(resource.name())), page);
    }
    for data_source in provider.data_sources() {
        let example = example(&format!("data-sources/{}", data_source.name()), "data-source.tf", None);
        let page = page(Kind::DataSource, data_source.name(), &data_source.schema(), &example);
        pages.insert(docs().join("data-sources").join(file(data_source.name())), page);
    }
    pages
}

fn example(folder: &str, usage: &str, import: Option<&str>) -> Example {
    let read = |name: &str| fs::read_to_string(root().join("examples").join(folder).join(name)).unwrap();
    Example { usage: read(usage), import: import.map(read) }
}

fn write(pages: &BTreeMap<PathBuf, String>) {
    for (path, page) in pages {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, page).unwrap();
    }
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The Registry leaves the provider's name out of file names.
fn file(name: &str) -> String {
    format!("{}.md", name.trim_start_matches("fanner_"))
}

fn docs() -> PathBuf {
    root().join("docs")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
