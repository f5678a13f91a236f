//! The ways to the records: what a permission comes to, lock by lock.

use std::collections::BTreeSet;

use fanner_model::{Allowance, Arn, Edge, Lock, Reach};

use crate::account::{Account, Identity, Key, KeyGrant};
use crate::allow::{Guard, Request, allowances, could_be_allowed};
use crate::condition::Context;
use crate::pattern::Target;
use crate::who::Who;

/// An action, and what being allowed it comes to.
struct Way {
    action: &'static str,
    reach: Reach,
    effect: &'static str,
}

const fn open(action: &'static str, effect: &'static str) -> Way {
    Way { action, reach: Reach::Open, effect }
}

const fn can_open(action: &'static str, effect: &'static str) -> Way {
    Way { action, reach: Reach::CanOpen, effect }
}

const STREAM: &[Way] = &[
    open("kinesis:GetRecords", "reads the records"),
    can_open("kinesis:PutResourcePolicy", "writes the stream's policy, and so lets anybody read"),
    can_open("kinesis:RegisterStreamConsumer", "registers a consumer, which whoever may subscribe to it reads"),
    can_open("kinesis:CreateChannel", "has the records delivered to a place of its own"),
];

const CONSUMER: &[Way] = &[
    open("kinesis:SubscribeToShard", "has the records sent to it"),
    can_open("kinesis:PutResourcePolicy", "writes the consumer's policy, and so lets anybody subscribe"),
];

const KEY: &[Way] = &[
    open("kms:Decrypt", "decrypts the records"),
    can_open("kms:PutKeyPolicy", "writes the key's policy, and so lets anybody decrypt"),
    can_open("kms:CreateGrant", "hands the key on to anybody, itself included"),
];

/// On a role of the fanner's.
const ROLE: &[Way] = &[
    open("sts:AssumeRole", "becomes the fanner"),
    open("sts:AssumeRoleWithWebIdentity", "becomes the fanner"),
    open("sts:AssumeRoleWithSAML", "becomes the fanner"),
    can_open("iam:UpdateAssumeRolePolicy", "says who may become the fanner"),
    can_open("iam:PassRole", "lets a service that it commands act as the fanner"),
    can_open("iam:PutRolePolicy", "changes what the fanner may do"),
    can_open("iam:AttachRolePolicy", "changes what the fanner may do"),
];

/// On a user that the fanner is.
const USER: &[Way] = &[
    can_open("iam:CreateAccessKey", "makes itself a key of the fanner's"),
    can_open("iam:PutUserPolicy", "changes what the fanner may do"),
    can_open("iam:AttachUserPolicy", "changes what the fanner may do"),
];

/// The actions by which an identity writes its own permissions.
const OWN_ROLE: &[&str] = &["iam:PutRolePolicy", "iam:AttachRolePolicy"];
const OWN_USER: &[&str] = &["iam:PutUserPolicy", "iam:AttachUserPolicy"];
const OWN_GROUP: &[&str] = &["iam:PutGroupPolicy", "iam:AttachGroupPolicy"];
const OWN_POLICY: &[&str] = &["iam:CreatePolicyVersion"];

/// What ways lead to and through.
pub(crate) struct Scene<'a> {
    pub(crate) account: &'a Account,
    /// The identities that are meant to read.
    pub(crate) fanner: Vec<&'a Identity>,
    /// The groups by which one passes a lock.
    groups: Vec<(Lock, &'a Identity)>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(account: &'a Account, fanner: Vec<&'a Identity>) -> Self {
        let mut scene = Self { account, fanner, groups: Vec::new() };
        let passed = |group| passed(&edges(&scene, Who::Identity(group)));
        scene.groups = account.groups.iter().filter_map(|group| Some((passed(group)?, group))).collect();
        scene
    }
}

/// Everything that brings somebody nearer to the records.
pub(crate) fn edges(scene: &Scene<'_>, who: Who<'_>) -> BTreeSet<Edge> {
    let Scene { account, fanner, groups } = scene;
    let mut edges = BTreeSet::new();
    edges.extend(STREAM.iter().filter_map(|way| edge(Lock::Stream, way, who, &of_stream(account, way.action))));
    for way in CONSUMER {
        edges.extend(of_consumers(account, way.action).iter().filter_map(|asked| edge(Lock::Stream, way, who, asked)));
    }
    if let Some(key) = &account.stream.key {
        edges.extend(KEY.iter().filter_map(|way| edge(Lock::Key, way, who, &of_key(account, key, way.action))));
        edges.extend(key.grants.iter().flat_map(|grant| granted(account, key, grant, who)));
    }
    for identity in fanner {
        let ways = if identity.trust.is_some() { ROLE } else { USER };
        edges.extend(ways.iter().filter_map(|way| edge(Lock::Both, way, who, &of_fanner(identity, way.action))));
    }
    for (lock, group) in groups {
        let joining = can_open("iam:AddUserToGroup", "puts users into a group that has a way");
        edges.extend(edge(*lock, &joining, who, &unguarded(&group.arn, joining.action)));
    }
    if let Who::Identity(identity) = who {
        edges.extend(self_made(account, identity));
    }
    edges
}

/// The locks that these edges open or can open.
pub(crate) fn passed(edges: &BTreeSet<Edge>) -> Option<Lock> {
    let passes = |lock| edges.iter().any(|edge| edge.lock == lock || edge.lock == Lock::Both);
    match (passes(Lock::Stream), passes(Lock::Key)) {
        (true, true) => Some(Lock::Both),
        (true, false) => Some(Lock::Stream),
        (false, true) => Some(Lock::Key),
        (false, false) => None,
    }
}

fn edge(lock: Lock, way: &Way, who: Who<'_>, asked: &Request<'_>) -> Option<Edge> {
    let by = allowances(who, asked);
    let Way { action, reach, effect } = *way;
    (!by.is_empty()).then(|| Edge {
        lock,
        reach,
        action: action.into(),
        resource: resource(&asked.target),
        effect: effect.into(),
        by,
    })
}

fn of_stream<'a>(account: &'a Account, action: &'a str) -> Request<'a> {
    let stream = &account.stream;
    let guard = beside(stream.arn.as_str(), stream.policy.as_ref());
    Request { action, target: Target::One(stream.arn.to_string()), guard, context: sent_safely() }
}

/// About the consumers that there are, and about those that somebody may yet register.
fn of_consumers<'a>(account: &'a Account, action: &'a str) -> Vec<Request<'a>> {
    let asked = |target, guard| Request { action, target, guard, context: sent_safely() };
    let stream = &account.stream;
    let there = stream.consumers.iter().map(|consumer| {
        asked(Target::One(consumer.arn.to_string()), beside(consumer.arn.as_str(), consumer.policy.as_ref()))
    });
    let to_come = asked(Target::Below(format!("{}/consumer/", stream.arn)), Guard::Nothing);
    there.chain([to_come]).collect()
}

fn of_key<'a>(account: &'a Account, key: &'a Key, action: &'a str) -> Request<'a> {
    let guard = Guard::Before { policy: format!("key policy of `{}`", key.arn), document: &key.policy };
    // Kinesis decrypts in the reader's name and says for which stream.
    let context = if action == "kms:Decrypt" { decrypting(account) } else { Context::new() };
    Request { action, target: Target::One(key.arn.to_string()), guard, context }
}

fn of_fanner<'a>(identity: &'a Identity, action: &'a str) -> Request<'a> {
    let guard = match &identity.trust {
        Some(document) if action.starts_with("sts:") => {
            Guard::Before { policy: format!("trust policy of `{}`", identity.arn), document }
        }
        Some(_) | None => Guard::Nothing,
    };
    Request { action, target: Target::One(identity.arn.to_string()), guard, context: Context::new() }
}

fn beside<'a>(arn: &str, document: Option<&'a crate::Document>) -> Guard<'a> {
    document
        .map_or(Guard::Nothing, |document| Guard::Beside { policy: format!("resource policy of `{arn}`"), document })
}

/// About a thing of IAM, which has no policy of its own.
fn unguarded<'a>(arn: &Arn, action: &'a str) -> Request<'a> {
    Request { action, target: Target::One(arn.to_string()), guard: Guard::Nothing, context: Context::new() }
}

/// What an identity can come to by writing its own permissions, as far as its boundary and the locks' own policies leave it.
fn self_made(account: &Account, identity: &Identity) -> Vec<Edge> {
    let stream = could_be_allowed(identity, &of_stream(account, "kinesis:GetRecords"));
    let key = account.stream.key.as_ref();
    let key = key.is_none_or(|key| could_be_allowed(identity, &of_key(account, key, "kms:Decrypt")));
    let lock = match (stream, key) {
        (true, true) => Lock::Both,
        (true, false) => Lock::Stream,
        (false, true) if account.stream.key.is_some() => Lock::Key,
        (false, _) => return Vec::new(),
    };
    let itself = if identity.trust.is_some() { OWN_ROLE } else { OWN_USER };
    let policies = identity.policies.iter().filter_map(|policy| policy.managed.as_ref());
    let things = std::iter::once((&identity.arn, itself))
        .chain(identity.groups.iter().map(|group| (group, OWN_GROUP)))
        .chain(policies.map(|policy| (policy, OWN_POLICY)));
    let ways = things.flat_map(|(arn, actions)| actions.iter().map(move |&action| (arn, action)));
    let edges = ways.filter_map(|(arn, action)| {
        let writing = can_open(action, "writes its own permissions");
        edge(lock, &writing, Who::Identity(identity), &unguarded(arn, action))
    });
    edges.collect()
}

/// What a grant of the key comes to.
fn granted(account: &Account, key: &Key, grant: &KeyGrant, who: Who<'_>) -> Vec<Edge> {
    let stream = ("aws:kinesis:arn".to_owned(), account.stream.arn.to_string());
    let is_for_the_stream = grant.encryption_context.iter().all(|(key, arn)| *key == stream.0 && *arn == stream.1);
    let is_theirs = match who {
        Who::Identity(identity) => identity.is_called(&grant.grantee),
        Who::Outsider(named) => *named == grant.named(),
    };
    let ways = KEY.iter().filter(|way| {
        is_for_the_stream
            && is_theirs
            && way.action.strip_prefix("kms:").is_some_and(|name| grant.operations.contains(name))
    });
    let by = Allowance { policy: format!("grants of `{}`", key.arn), statement: grant.id.clone(), only_if: [].into() };
    let edge = |way: &Way| Edge {
        lock: Lock::Key,
        reach: way.reach,
        action: way.action.into(),
        resource: key.arn.to_string(),
        effect: way.effect.into(),
        by: [by.clone()].into(),
    };
    ways.map(edge).collect()
}

/// What is known about every request to Kinesis.
fn sent_safely() -> Context {
    [("aws:securetransport".to_owned(), "true".to_owned())].into()
}

fn decrypting(account: &Account) -> Context {
    let arn = account.stream.arn.as_str();
    let region = arn.split(':').nth(3).unwrap_or_default();
    let known = [
        ("kms:encryptioncontext:aws:kinesis:arn", arn.to_owned()),
        ("kms:viaservice", format!("kinesis.{region}.amazonaws.com")),
        ("aws:securetransport", "true".to_owned()),
    ];
    known.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn resource(target: &Target) -> String {
    match target {
        Target::One(arn) => arn.clone(),
        Target::Below(start) => format!("{start}*"),
    }
}
