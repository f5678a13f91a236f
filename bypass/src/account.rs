//! What an account says of itself, as far as it matters to who reads one stream.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fanner_model::{Arn, Unread};

use crate::document::Document;

/// Everything that a report is made from.
#[derive(Clone, Debug)]
pub struct Account {
    pub stream: Stream,
    pub identities: Vec<Identity>,
    /// The groups, each as a user who has nothing but its policies.
    pub groups: Vec<Identity>,
    pub taps: Vec<Tap>,
    pub unread: Vec<Unread>,
}

/// The stream that is looked after.
#[derive(Clone, Debug)]
pub struct Stream {
    pub arn: Arn,
    pub policy: Option<Document>,
    pub consumers: Vec<Consumer>,
    /// The key that it is encrypted with, if the account rules that key itself.
    pub key: Option<Key>,
}

/// A consumer that is registered for enhanced fan-out.
#[derive(Clone, Debug)]
pub struct Consumer {
    pub arn: Arn,
    pub policy: Option<Document>,
}

/// A key of KMS.
#[derive(Clone, Debug)]
pub struct Key {
    pub arn: Arn,
    pub policy: Document,
    pub grants: Vec<KeyGrant>,
}

/// What a key's policy does not show.
#[derive(Clone, Debug)]
pub struct KeyGrant {
    pub id: String,
    /// The ARN of an identity, or the name of a service.
    pub grantee: String,
    /// As KMS names them: `Decrypt`, `CreateGrant`.
    pub operations: BTreeSet<String>,
    /// What the encryption context must have for the grant to count.
    pub encryption_context: BTreeMap<String, String>,
}

/// A user or a role.
#[derive(Clone, Debug)]
pub struct Identity {
    pub arn: Arn,
    /// What policies name it by after it was deleted, such as `AROAEXAMPLE`.
    pub unique_id: String,
    pub policies: Vec<Attached>,
    pub boundary: Option<Arc<Document>>,
    pub groups: Vec<Arn>,
    /// Who may become it, if it is a role.
    pub trust: Option<Document>,
}

/// A policy that an identity has, itself or by a group.
#[derive(Clone, Debug)]
pub struct Attached {
    /// In words, such as "inline policy `debug`".
    pub name: String,
    /// The managed policy that it is, if the account can change it.
    pub managed: Option<Arn>,
    pub document: Arc<Document>,
}

/// Something other than an identity that takes records off the stream.
#[derive(Clone, Debug)]
pub struct Tap {
    /// Where they go: a function, a delivery stream, a channel.
    pub arn: String,
    /// What kind of thing does it, such as "Lambda event source mapping".
    pub kind: String,
    /// Which one.
    pub id: String,
}
