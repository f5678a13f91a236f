//! Denials: they win, they are believed only if certain, and they never make anything worse.

use std::collections::BTreeSet;

use fanner_bypass::Account;
use fanner_model::{Edge, GesVerdict};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::account::{FANNER, GES, KEY, allow, attach, clean, document, encrypted, findings, of, reported};

#[test]
fn a_denial_wins_wherever_it_is_written() {
    let denial = json!({"Effect": "Deny", "Action": "kinesis:Get*", "Resource": "*"});
    let plants: [fn(&mut Account, Value); 3] = [
        |account, denial| attach(account, "billing", denial),
        |account, denial| {
            let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
            of(account, "billing").boundary = Some(document(json!([all, denial])).into());
        },
        |account, mut denial| {
            denial["Principal"] = json!({"AWS": "arn:aws:iam::123456789012:root"});
            account.stream.policy = Some(document(denial));
        },
    ];
    for plant in plants {
        let mut account = clean();
        allow(&mut account, "billing", &["kinesis:GetRecords"], "*");
        assert_ne!(findings(&account), "");
        plant(&mut account, denial.clone());
        assert_eq!(findings(&account), "");
    }
}

#[test]
fn a_stream_that_denies_all_but_the_fanner_is_closed_to_all_who_cannot_write_its_policy() {
    let mut account = clean();
    account.stream.policy =
        Some(document(json!({"Effect": "Deny", "Principal": "*", "Action": "kinesis:Get*", "Resource": GES,
               "Condition": {"ArnNotEquals": {"aws:PrincipalArn": FANNER}}})));
    allow(&mut account, "billing", &["kinesis:GetRecords"], "*");
    assert_eq!(findings(&account), "");
    allow(&mut account, "billing", &["kinesis:PutResourcePolicy"], GES);
    assert_ne!(findings(&account), "");
}

#[test]
fn a_denial_under_a_condition_that_no_description_answers_is_not_believed() {
    let mut account = clean();
    allow(&mut account, "billing", &["kinesis:GetRecords"], GES);
    attach(
        &mut account,
        "billing",
        json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
    );
    assert_ne!(findings(&account), "");
}

proptest! {
    #[test]
    fn another_denial_never_adds_a_way(account in accounts(), denial in statement("Deny"), place in 0..3usize) {
        let before = ways(&account);
        let mut stricter = account;
        plant(&mut stricter, place, denial);
        let after = ways(&stricter);
        prop_assert!(after.is_subset(&before), "{:?}", after.difference(&before).collect::<Vec<_>>());
    }

    #[test]
    fn another_permission_never_takes_a_way(account in accounts(), permission in statement("Allow"), place in 0..2usize) {
        let before = readers(&account);
        let mut wider = account;
        plant(&mut wider, place, permission);
        prop_assert!(before.is_subset(&readers(&wider)));
    }

    #[test]
    fn who_is_denied_everything_for_certain_has_no_way(mut account in accounts()) {
        attach(&mut account, "billing", json!({"Effect": "Deny", "Action": "*", "Resource": "*"}));
        prop_assert!(!readers(&account).iter().any(|who| who.ends_with("/billing")));
    }
}

/// Who reads or could, and by which permission on what.
fn ways(account: &Account) -> BTreeSet<(String, String, String)> {
    let way = |who: &str, edge: Edge| (who.to_owned(), edge.action, edge.resource);
    let report = reported(account);
    report
        .readers
        .into_iter()
        .flat_map(|reader| reader.edges.into_iter().map(move |edge| way(&reader.who, edge)))
        .collect()
}

fn readers(account: &Account) -> BTreeSet<String> {
    let bypassing = reported(account).readers.into_iter().filter(|reader| reader.verdict == GesVerdict::Bypass);
    bypassing.map(|reader| reader.who).collect()
}

/// Accounts with a few random statements in them.
fn accounts() -> impl Strategy<Value = Account> {
    let plants = prop::collection::vec((prop_oneof![statement("Allow"), statement("Deny")], 0..3usize), 0..5);
    (any::<bool>(), plants).prop_map(|(is_encrypted, plants)| {
        let mut account = if is_encrypted { encrypted() } else { clean() };
        plants.into_iter().for_each(|(statement, place)| plant(&mut account, place, statement));
        account
    })
}

/// Adds a statement. A stream has one policy: one that is there stays.
fn plant(account: &mut Account, place: usize, mut statement: Value) {
    match place {
        0 => attach(account, "billing", statement),
        1 => attach(account, "analyst", statement),
        _ => {
            statement["Principal"] = json!({"AWS": "arn:aws:iam::123456789012:role/billing"});
            account.stream.policy.get_or_insert_with(|| document(statement));
        }
    }
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let action =
        prop::sample::select(vec!["kinesis:GetRecords", "kinesis:*", "*", "kms:Decrypt", "iam:PassRole", "s3:*"]);
    let resource = prop::sample::select(vec!["*", GES, KEY, FANNER, "arn:aws:kinesis:*:*:stream/g*", "arn:aws:s3:::x"]);
    let condition = prop::sample::select(vec![
        json!({}),
        json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
        json!({"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}),
    ]);
    let negated = (any::<bool>(), any::<bool>());
    (action, resource, condition, negated).prop_map(move |(action, resource, condition, (not_action, not_resource))| {
        let actions = if not_action { "NotAction" } else { "Action" };
        let resources = if not_resource { "NotResource" } else { "Resource" };
        json!({"Effect": effect, actions: action, resources: resource, "Condition": condition})
    })
}
