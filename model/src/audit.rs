//! The audit log as the API shows it. What an entry's text says, and how all this is checked, is the audit crate's.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// One place of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRecord {
    /// The entry's number, counted from 0.
    pub seq: u64,
    /// The entry, a JSON document, exactly as it was hashed. There is none if somebody removed it.
    pub text: Option<String>,
    /// The leaf of the Merkle tree that the entry became. There is none if somebody slipped the entry in.
    pub leaf: Option<Digest>,
}

/// The signed head of the audit log's Merkle tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditCheckpoint {
    /// How many entries the log had.
    pub size: u64,
    /// A signed note as in C2SP's tlog-checkpoint: origin, size, root, and the signature.
    pub note: String,
    /// The key with which the control plane signs now, as C2SP's signed-note writes it. It is for finding one's way: who
    /// verifies uses the key that somebody gave to them.
    pub key: String,
}

/// A Merkle proof as in RFC 6962: that an entry is in the log of some size, or that a larger log begins with a smaller one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditProof {
    /// The size of the log that the proof leads to.
    pub size: u64,
    /// The digests, in the order of the RFC.
    pub hashes: Vec<Digest>,
}
