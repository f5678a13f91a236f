//! An account to plant things in: a fanner that reads the stream, an administrator of billing, and an analyst of other streams.

use std::sync::Arc;

use fanner_bypass::{Account, Attached, Document, Identity, Key, Stream, report};
use fanner_model::{BypassReport, GesVerdict};
use serde_json::{Value, json};

pub(crate) const GES: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/ges";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/k1";
pub(crate) const FANNER: &str = "arn:aws:iam::123456789012:role/fanner";

/// An account in which only the fanner reads. It runs on ECS.
pub(crate) fn clean() -> Account {
    let trust =
        json!({"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let mut account = Account {
        stream: Stream { arn: parsed(GES), policy: None, consumers: Vec::new(), key: None },
        identities: vec![Identity { trust: Some(document(trust)), ..role("fanner") }, role("billing"), user("analyst")],
        groups: Vec::new(),
        taps: Vec::new(),
        unread: Vec::new(),
    };
    allow(&mut account, "fanner", &["kinesis:GetRecords", "kinesis:GetShardIterator", "kms:Decrypt"], "*");
    allow(&mut account, "billing", &["ce:*", "kinesis:ListStreams", "kinesis:DescribeStream*"], "*");
    allow(&mut account, "analyst", &["kinesis:*"], "arn:aws:kinesis:eu-west-1:123456789012:stream/analytics-*");
    account
}

/// The same, encrypted with a key that leaves it to the account's policies who decrypts.
pub(crate) fn encrypted() -> Account {
    let policy = json!({"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                        "Action": "kms:*", "Resource": "*"});
    let mut account = clean();
    account.stream.key = Some(Key { arn: parsed(KEY), policy: document(policy), grants: Vec::new() });
    account
}

/// Gives an identity an inline policy.
pub(crate) fn allow(account: &mut Account, name: &str, actions: &[&str], resource: &str) {
    attach(account, name, json!({"Effect": "Allow", "Action": actions, "Resource": resource}));
}

/// Gives an identity an inline policy of one statement.
pub(crate) fn attach(account: &mut Account, name: &str, statement: Value) {
    let identity = of(account, name);
    let number = identity.policies.len() + 1;
    let document = Arc::new(document(statement));
    identity.policies.push(Attached { name: format!("inline policy `p{number}`"), managed: None, document });
}

/// An identity of the account.
pub(crate) fn of<'a>(account: &'a mut Account, name: &str) -> &'a mut Identity {
    let ends = format!("/{name}");
    let found = account.identities.iter_mut().find(|identity| identity.arn.as_str().ends_with(&ends));
    found.expect("the account has it")
}

pub(crate) fn role(name: &str) -> Identity {
    let nobody = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"});
    Identity { trust: Some(document(nobody)), ..identity("role", name) }
}

pub(crate) fn user(name: &str) -> Identity {
    identity("user", name)
}

fn identity(kind: &str, name: &str) -> Identity {
    Identity {
        arn: parsed(&format!("arn:aws:iam::123456789012:{kind}/{name}")),
        unique_id: format!("AROA{name}"),
        policies: Vec::new(),
        boundary: None,
        groups: Vec::new(),
        trust: None,
    }
}

pub(crate) fn document(statement: Value) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    Document::parse(&text).expect("it is a policy")
}

pub(crate) fn group(name: &str) -> Identity {
    identity("group", name)
}

pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("it is a good one")
}

pub(crate) fn reported(account: &Account) -> BypassReport {
    report(account, &[parsed(FANNER)].into(), "2026-01-01T00:00:00Z".parse().expect("it is a moment"))
}

/// Everybody but the fanner, each with what is said, and its edges: one a line.
pub(crate) fn findings(account: &Account) -> String {
    let report = reported(account);
    let mut lines = Vec::new();
    for reader in report.readers.iter().filter(|reader| reader.verdict != GesVerdict::Fanner) {
        let verdict = serde_json::to_value(&reader.verdict).expect("it is JSON")["verdict"].clone();
        lines.push(format!("{} {}", verdict.as_str().expect("it is a word"), reader.who));
        for edge in &reader.edges {
            for by in &edge.by {
                let only_if: Vec<_> = by.only_if.iter().map(|condition| format!(", only if {condition}")).collect();
                let (reach, lock) = (word(edge.reach), word(edge.lock));
                let by = format!("{}, statement `{}`{}", by.policy, by.statement, only_if.concat());
                lines.push(format!("  {reach} {lock}: {} on {} by {by}: {}", edge.action, edge.resource, edge.effect));
            }
        }
    }
    lines.extend(report.unread.iter().map(|unread| format!("unread {}: {}", unread.what, unread.why)));
    lines.join("\n")
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("it is JSON").as_str().expect("it is a word").to_owned()
}
