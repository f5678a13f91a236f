//! The policies that the runbook gives to copy: enough, and no more than it says.

use std::collections::BTreeSet;

use fanner_model::reading;
use fanner_tests::{named, workspace};
use serde_json::Value;

#[test]
fn the_boundary_in_the_runbook_leaves_every_reader_role_what_it_is_given() {
    let [boundary, _] = policies();
    let stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/fraud";
    let given = reading::role_policy(stream, Some(&named("fraud.scores")));
    assert_eq!(actions(&boundary, "Allow"), actions(&given, "Allow"));
    assert_eq!(actions(&boundary, "Deny"), ["kinesis:*".to_owned()].into());
}

#[test]
fn the_rights_in_the_runbook_are_those_of_the_calls_that_are_made() {
    let [_, rights] = policies();
    let source = std::fs::read_to_string(workspace().join("control-plane/src/aws/iam.rs")).unwrap();
    let called: BTreeSet<_> = source.split('"').filter(|text| text.starts_with("iam:")).map(str::to_owned).collect();
    let mut given = actions(&rights, "Allow");
    assert!(given.remove("iam:TagRole"), "a role that is made with a tag takes it");
    assert_eq!(given, called);
    for statement in rights["Statement"].as_array().unwrap() {
        let is_look = statement["Action"] == "iam:GetRole";
        let roles = if is_look { "fanner-reader-*" } else { "fanner/readers/*" };
        assert_eq!(statement["Resource"], format!("arn:aws:iam::123456789012:role/{roles}"));
    }
}

/// The two policies of the runbook.
pub(crate) fn policies() -> [Value; 2] {
    let page =
        std::fs::read_to_string(workspace().join("docs/runbooks/reader-roles.md")).expect("the runbook is there");
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let policies: Vec<_> = blocks.map(|block| serde_json::from_str(block).expect("a policy is JSON")).collect();
    policies.try_into().expect("there are two")
}

fn actions(policy: &Value, effect: &str) -> BTreeSet<String> {
    let statements =
        policy["Statement"].as_array().into_iter().flatten().filter(|statement| statement["Effect"] == effect);
    let actions = statements.flat_map(|statement| match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        one => vec![one.clone()],
    });
    actions.filter_map(|action| action.as_str().map(str::to_owned)).collect()
}
