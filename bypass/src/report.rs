//! From an account's descriptions to who reads its stream.

use std::collections::BTreeSet;

use fanner_model::{Allowance, Arn, BypassReport, Conclusion, Edge, GesReader, GesVerdict, Lock, Reach, Unread};
use jiff::Timestamp;

use crate::account::{Account, KeyGrant, Tap};
use crate::document::{Document, Effect, Named, Statement, These};
use crate::way::{Scene, edges, passed};
use crate::who::{Who, account_of};

/// Who has a way to the stream's records. `fanner` are the identities, delivery streams, functions and consumers that are meant
/// to read them. Nothing is known here of what security acknowledged.
pub fn report(account: &Account, fanner: &BTreeSet<Arn>, taken_at: Timestamp) -> BypassReport {
    let own = account.identities.iter().filter(|identity| fanner.contains(&identity.arn)).collect();
    let scene = Scene::new(account, own);
    let open_to_all = edges(&scene, Who::Outsider(&Named::Everybody));
    let outsiders = outsiders(&scene);
    let known = account.identities.iter().map(|identity| (identity.arn.to_string(), Who::Identity(identity)));
    let others = outsiders.iter().map(|named| (named.called(account), Who::Outsider(named)));
    let people = known.chain(others).filter_map(|(who, asking)| {
        let edges = edges(&scene, asking);
        let is_special = who == EVERYBODY || edges.iter().any(|edge| !is_among(edge, &open_to_all));
        let verdict = if is_meant(&who, fanner) { Some(GesVerdict::Fanner) } else { verdict(account, &edges) };
        verdict.filter(|_| is_special).map(|verdict| GesReader { who, verdict, edges })
    });
    let things = taps(account).into_iter().map(|tap| {
        let verdict = if is_meant(&tap.arn, fanner) { GesVerdict::Fanner } else { GesVerdict::Bypass };
        GesReader { verdict, edges: [connected(account, &tap)].into(), who: tap.arn }
    });
    let readers = people.chain(things).collect();
    let unread = account.unread.iter().cloned().chain(missing(account, fanner)).collect();
    let stream = account.stream.arn.clone();
    BypassReport { stream, taken_at, conclusion: Conclusion::Clean, readers, unread }.acknowledged(&[])
}

const EVERYBODY: &str = "*";

fn is_meant(who: &str, fanner: &BTreeSet<Arn>) -> bool {
    fanner.iter().any(|arn| arn.as_str() == who)
}

/// What the edges of somebody come to; `None`: nothing.
fn verdict(account: &Account, edges: &BTreeSet<Edge>) -> Option<GesVerdict> {
    match passed(edges)? {
        Lock::Both => Some(GesVerdict::Bypass),
        Lock::Stream if account.stream.key.is_none() => Some(GesVerdict::Bypass),
        Lock::Stream | Lock::Key => Some(GesVerdict::OneLock),
    }
}

/// Whether an edge is one of these, by the same statements.
fn is_among(edge: &Edge, edges: &BTreeSet<Edge>) -> bool {
    let same = |one: &Allowance, other: &Allowance| (&one.policy, &one.statement) == (&other.policy, &other.statement);
    let found = edges.iter().find(|known| (&known.action, &known.resource) == (&edge.action, &edge.resource));
    found.is_some_and(|known| edge.by.iter().all(|one| known.by.iter().any(|other| same(one, other))))
}

/// Whom the policies of the stream, its consumers, its key and the fanner's roles name, of whom the account has no description.
fn outsiders(scene: &Scene<'_>) -> BTreeSet<Named> {
    let Scene { account, fanner, .. } = scene;
    let stream = &account.stream;
    let key = stream.key.as_ref();
    let of_things = stream.policy.iter().chain(stream.consumers.iter().filter_map(|consumer| consumer.policy.as_ref()));
    let named = of_things.chain(key.map(|key| &key.policy)).flat_map(allowing).flat_map(|statement| statement.named());
    let granted = key.into_iter().flat_map(|key| &key.grants).map(KeyGrant::named);
    let trusting = fanner.iter().filter_map(|identity| identity.trust.as_ref()).flat_map(allowing);
    let trusted = trusting.flat_map(|statement| {
        // A service acts as a role that was passed to it, and a workload that is named exactly is the fanner.
        let is_the_path = |named: &Named| match named {
            Named::Service(_) => true,
            Named::Federated(_) => statement.conditions.pin(":sub"),
            Named::Everybody | Named::Account(_) | Named::Identity(_) => false,
        };
        statement.named().into_iter().filter(move |named| !is_the_path(named))
    });
    let is_outside = |named: &Named| match named {
        Named::Account(number) => Some(number.as_str()) != account_of(stream.arn.as_str()),
        Named::Identity(text) => !account.identities.iter().any(|identity| identity.is_called(text)),
        Named::Everybody | Named::Service(_) | Named::Federated(_) => true,
    };
    named.chain(granted).chain(trusted).filter(is_outside).collect()
}

fn allowing(document: &Document) -> impl Iterator<Item = &Statement> {
    document.statements.iter().filter(|statement| statement.effect == Effect::Allow)
}

impl Statement {
    /// Whom it names; all but some are everybody.
    fn named(&self) -> Vec<Named> {
        match &self.principals {
            Some(These::Only(named)) => named.clone(),
            Some(These::AllBut(_)) => vec![Named::Everybody],
            None => Vec::new(),
        }
    }
}

impl Named {
    fn called(&self, account: &Account) -> String {
        match self {
            Self::Everybody => EVERYBODY.to_owned(),
            Self::Account(number) => {
                let partition = account.stream.arn.as_str().split(':').nth(1).unwrap_or("aws");
                format!("arn:{partition}:iam::{number}:root")
            }
            Self::Identity(text) | Self::Service(text) | Self::Federated(text) => text.clone(),
        }
    }
}

impl KeyGrant {
    pub(crate) fn named(&self) -> Named {
        match self.grantee.starts_with("arn:") {
            true => Named::Identity(self.grantee.clone()),
            false => Named::Service(self.grantee.clone()),
        }
    }
}

/// What is connected to the stream: what the account lists, and the stream's consumers.
fn taps(account: &Account) -> Vec<Tap> {
    let consumers = account.stream.consumers.iter().map(|consumer| Tap {
        arn: consumer.arn.to_string(),
        kind: "registered consumer".into(),
        id: consumer.arn.to_string(),
    });
    account.taps.iter().cloned().chain(consumers).collect()
}

fn connected(account: &Account, tap: &Tap) -> Edge {
    let by = Allowance { policy: tap.kind.clone(), statement: tap.id.clone(), only_if: [].into() };
    Edge {
        lock: Lock::Both,
        reach: Reach::Open,
        action: "kinesis:GetRecords".into(),
        resource: account.stream.arn.to_string(),
        effect: "is connected to the stream".into(),
        by: [by].into(),
    }
}

/// Identities of the account that are meant to read, and that it does not have: whoever becomes them cannot be told. If it
/// tells of none at all, that is said already.
fn missing(account: &Account, fanner: &BTreeSet<Arn>) -> Vec<Unread> {
    if account.identities.is_empty() {
        return Vec::new();
    }
    let is_of_the_account = |arn: &&Arn| {
        let own = account_of(account.stream.arn.as_str()) == account_of(arn.as_str());
        own && arn.as_str().contains(":iam:") && !account.identities.iter().any(|identity| identity.arn == **arn)
    };
    let unread = |arn: &Arn| Unread {
        what: format!("who may become `{arn}`"),
        why: "it is meant to read the stream, and the account describes no such identity; correct its name".into(),
    };
    fanner.iter().filter(is_of_the_account).map(unread).collect()
}
