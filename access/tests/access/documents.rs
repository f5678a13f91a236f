//! What is refused in a policy document, and how it is said.

use fanner_access::Policies;
use insta::assert_snapshot;

use crate::pair::name;

#[test]
fn text_that_is_no_policy_is_shown_with_its_place() {
    assert_snapshot!(refused("permit (principal, action,\n  resource"), @"policy document `acme`, line 2, column 11: unexpected end of input");
}

#[test]
fn each_policy_needs_an_id_of_its_own() {
    let forbid = r#"forbid (principal, action == Fanner::Action::"Receive", resource == Fanner::EventType::"a");"#;
    assert_snapshot!(refused(forbid), @r#"policy document `acme`, line 1, column 1: the policy has no id; write `@id("team.what-it-does")` before it"#);
    assert_snapshot!(refused(&format!("@id(\"receive.own\")\n{forbid}")), @"policy document `default`, line 6, column 1: id `receive.own` is taken by line 1 of policy document `acme`; give each policy its own");
    assert_snapshot!(refused(&format!("@id(\"A b\")\n{forbid}")), @"policy document `acme`, line 1, column 1: id `A b` is not possible; use 1 to 100 of a-z, 0-9, `.` and `-`");
}

#[test]
fn what_the_schema_lacks_is_refused() {
    assert_snapshot!(refused(&forbid_when("principal.team.trained")), @"policy document `acme`, line 1, column 88 (`acme.x`): attribute `trained` on entity type `Fanner::Team` not found; did you mean `trainings`?");
    assert_snapshot!(refused(&forbid_when("context.grant.purpose == \"fraud\"")), @r#"policy document `acme`, line 1, column 88 (`acme.x`): unable to guarantee safety of access to optional attribute `grant` in context for Fanner::Action::"Receive"; try testing for the attribute's presence with `context has grant && ..`"#);
    assert_snapshot!(refused(&forbid_when("principal.getTag(\"env\") == \"prod\"")), @r#"policy document `acme`, line 1, column 88 (`acme.x`): unable to guarantee safety of access to tag `"env"` on entity type `Fanner::Stream`; try testing for the tag's presence with `.hasTag("env") && ..`"#);
    assert_snapshot!(refused(&forbid_when("resource.classification == Fanner::Classification::\"secret\"")), @r#"policy document `acme`, line 1, column 115 (`acme.x`): entity `Fanner::Classification::"secret"` is of an enumerated entity type, but `"secret"` is not declared as a valid eid; valid entity eids: "public", "internal", "confidential", "restricted""#);
}

#[test]
fn a_forbid_that_can_never_apply_is_refused() {
    assert_snapshot!(refused(&forbid_when("resource.retired && !resource.retired && false")), @"policy document `acme`, line 1, column 1 (`acme.x`): policy is impossible: the policy expression evaluates to false for all valid requests");
}

#[test]
fn a_name_that_nothing_can_have_is_refused() {
    assert_snapshot!(refused(&forbid_when("principal in Fanner::Team::\"Growth\"")), @r#"policy document `acme`, line 1, column 1 (`acme.x`): there can be no `Fanner::Team::"Growth"`: team name `Growth` contains `G`; use only a-z, 0-9 and `-`"#);
    assert_snapshot!(refused(&forbid_when("principal == Fanner::Stream::\"~stream\"")), @r#"policy document `acme`, line 1, column 1 (`acme.x`): there can be no `Fanner::Stream::"~stream"`: stream name `~stream` contains `~`; use only a-z, A-Z, 0-9, `_`, `.` and `-`"#);
    assert_snapshot!(refused(&forbid_when("resource in Fanner::Org::\"acme\"")), @r#"policy document `acme`, line 1, column 1 (`acme.x`): there is no `Fanner::Org::"acme"`; everybody and everything is `Fanner::Org::"all"`"#);
}

#[test]
fn a_gap_that_nothing_fills_is_refused() {
    let text = forbid_when("resource.retired").replace("forbid", "@reason(\"{evnt} is retired\") forbid");
    assert_snapshot!(refused(&text), @"policy document `acme`, line 1, column 1 (`acme.x`): `@reason` has `{evnt}`, which nothing fills; use `{stream}`, `{team}`, `{clearance}`, `{event}`, `{owner}`, `{classification}`, `{sensitive_fields}`, `{purposes}`, `{purpose}`, `{quarantine}`, `{approver}`, `{days}`");
    assert_snapshot!(refused(&text.replace("{evnt}", "{event")), @"policy document `acme`, line 1, column 1 (`acme.x`): `@reason` has a `{` without its `}`");
}

#[test]
fn the_two_templates_must_be_there_and_nothing_else_is_a_template() {
    let other = r#"@id("tpl.other") permit (principal in ?principal, action == Fanner::Action::"Receive", resource);"#;
    assert_snapshot!(refused(other), @"policy document `acme`, line 1, column 1 (`tpl.other`): nothing links template `tpl.other`; only `tpl.standing` and `tpl.quarantine` can be templates");
    let none = parse([("default", "")]);
    assert_snapshot!(none, @r#"
policy document `default`, line 1, column 1: no document has template `tpl.quarantine`: write `forbid (principal in ?principal, action == Fanner::Action::"Receive", resource in ?resource)`
policy document `default`, line 1, column 1: no document has template `tpl.standing`: write `permit (principal in ?principal, action == Fanner::Action::"Receive", resource in ?resource)`
"#);
    let open = Policies::DEFAULT.replace("forbid (principal in ?principal", "forbid (principal == ?principal");
    assert_snapshot!(parse([("default", &open)]), @r#"policy document `default`, line 68, column 1 (`tpl.quarantine`): template `tpl.quarantine` cannot be linked: write `forbid (principal in ?principal, action == Fanner::Action::"Receive", resource in ?resource)`"#);
}

#[test]
fn a_document_that_is_a_book_is_refused() {
    assert_snapshot!(refused(&" ".repeat(300_000)), @"policy document `acme`, line 1, column 1: 300000 bytes are too long; use at most 262144, or several documents");
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    let nested = |levels| forbid_when(&format!("{}true{}", "(".repeat(levels), ")".repeat(levels)));
    assert_snapshot!(refused(&nested(100_000)), @"policy document `acme`, line 1, column 119: brackets are too deep here; use at most 32 levels");
    assert_snapshot!(refused(&forbid_when(&"true && ".repeat(30_000))), @"policy document `acme`, line 1, column 2093: the policy has too many operators; use at most 500, or several policies");
    assert_snapshot!(refused(&forbid_when(&"if true then true else ".repeat(10_000))), @"policy document `acme`, line 1, column 824: the policy has too many `if`; use at most 32, or several policies");
}

#[test]
fn a_policy_as_deep_as_policies_may_be_is_read() {
    let chain = format!("resource.retired{}", " && !resource.retired".repeat(100));
    let choice = (0..32).fold(chain, |inner, _| format!("if resource.retired then {inner} else false"));
    let deep = format!("{}{choice}{}", "(".repeat(30), ")".repeat(30));
    assert_snapshot!(refused(&forbid_when(&deep)), @"");
}

fn forbid_when(condition: &str) -> String {
    format!(
        "@id(\"acme.x\") forbid (principal, action == Fanner::Action::\"Receive\", resource) when {{ {condition} }};"
    )
}

/// What is wrong with this document beside the default one.
fn refused(text: &str) -> String {
    parse([("acme", text), ("default", Policies::DEFAULT)])
}

fn parse<const N: usize>(documents: [(&str, &str); N]) -> String {
    let documents = documents.map(|(document, text)| (name(document), text.to_owned())).into();
    let errors = Policies::parse(&documents).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
