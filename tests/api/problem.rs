//! The page about problems has a section for each code, and no other.

use fanner_model::Code;
use fanner_tests::workspace;

#[test]
fn every_code_is_explained() {
    let page = std::fs::read_to_string(workspace().join("docs/problems.md")).expect("docs/problems.md is there");
    let explained: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).collect();
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(explained, codes);
}
