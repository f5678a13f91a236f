//! The key that the stream is encrypted with, if the account rules it itself.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kinesis::types::{EncryptionType, StreamDescriptionSummary};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{GrantListEntry, KeyManagerType, KeyMetadata};
use fanner_bypass::{Document, Key, KeyGrant};
use fanner_model::Unread;

use super::stream::parsed;
use super::unread;

/// The stream's key. AWS's own key opens to everybody who may read the stream, so it counts as none.
pub(super) async fn of(kms: &Client, summary: &StreamDescriptionSummary) -> Result<Option<Key>, Unread> {
    let key_id = summary.key_id.as_deref().filter(|_| summary.encryption_type == Some(EncryptionType::Kms));
    let Some(key_id) = key_id else { return Ok(None) };
    let metadata = metadata(kms, key_id).await?;
    if metadata.key_manager == Some(KeyManagerType::Aws) {
        return Ok(None);
    }
    let arn = parsed(metadata.arn().unwrap_or(key_id))?;
    let policy = policy(kms, arn.as_str()).await?;
    let grants = grants(kms, arn.as_str()).await?;
    Ok(Some(Key { arn, policy, grants }))
}

async fn metadata(kms: &Client, key_id: &str) -> Result<KeyMetadata, Unread> {
    let what = || format!("the key `{key_id}`");
    let described = kms.describe_key().key_id(key_id).send().await;
    let metadata = described.map_err(unread(what(), "kms:DescribeKey"))?.key_metadata;
    metadata.ok_or_else(|| Unread { what: what(), why: "KMS describes no key".into() })
}

async fn policy(kms: &Client, arn: &str) -> Result<Document, Unread> {
    let what = || format!("the key policy of `{arn}`");
    let sent = kms.get_key_policy().key_id(arn).policy_name("default").send().await;
    let text = sent.map_err(unread(what(), "kms:GetKeyPolicy"))?.policy.unwrap_or_default();
    Document::parse(&text).map_err(|cause| Unread { what: what(), why: cause.to_string() })
}

async fn grants(kms: &Client, arn: &str) -> Result<Vec<KeyGrant>, Unread> {
    let mut pages = kms.list_grants().key_id(arn).into_paginator().items().send();
    let mut grants = Vec::new();
    while let Some(entry) = pages.next().await {
        let what = format!("the grants of `{arn}`");
        grants.push(grant(entry.map_err(unread(what, "kms:ListGrants"))?));
    }
    Ok(grants)
}

fn grant(entry: GrantListEntry) -> KeyGrant {
    let contexts = entry.constraints.map(|it| [it.encryption_context_equals, it.encryption_context_subset]);
    KeyGrant {
        id: entry.grant_id.unwrap_or_default(),
        grantee: entry.grantee_principal.or(entry.grantee_service_principal).unwrap_or_default(),
        operations: entry.operations.iter().flatten().map(ToString::to_string).collect::<BTreeSet<_>>(),
        encryption_context: contexts.into_iter().flatten().flatten().flatten().collect::<BTreeMap<_, _>>(),
    }
}
