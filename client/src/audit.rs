//! The audit log, as it is needed to verify it.

use fanner_model::{AuditCheckpoint, AuditProof, AuditRecord, Page};
use serde::de::DeserializeOwned;

use crate::{Client, Error};

impl Client {
    /// The entries of the log after number `after`, at most 500.
    pub async fn audit_entries(&self, after: Option<u64>) -> Result<Page<AuditRecord>, Error> {
        self.audit_page("entries", after).await
    }

    /// The signed checkpoints of more than `after` entries, at most 500.
    pub async fn audit_checkpoints(&self, after: Option<u64>) -> Result<Page<AuditCheckpoint>, Error> {
        self.audit_page("checkpoints", after).await
    }

    /// The newest checkpoint.
    pub async fn audit_checkpoint(&self) -> Result<AuditCheckpoint, Error> {
        self.get(&["audit", "checkpoint"], &[]).await
    }

    /// The proof that the log of `size` entries has entry `seq`.
    pub async fn prove_entry(&self, seq: u64, size: u64) -> Result<AuditProof, Error> {
        self.get(&["audit", "proof"], &[("entry", seq.to_string()), ("to", size.to_string())]).await
    }

    /// The proof that the log of `to` entries begins with the log of `from` entries.
    pub async fn prove_growth(&self, from: u64, to: u64) -> Result<AuditProof, Error> {
        self.get(&["audit", "proof"], &[("from", from.to_string()), ("to", to.to_string())]).await
    }

    async fn audit_page<T: DeserializeOwned>(&self, part: &str, after: Option<u64>) -> Result<Page<T>, Error> {
        let after = after.map(|after| ("after", after.to_string()));
        let query: Vec<_> = [("limit", "500".to_owned())].into_iter().chain(after).collect();
        self.get(&["audit", part], &query).await
    }
}
