//! A file that leaves the control plane, and the note by which it is known to be its.

use serde::{Deserialize, Serialize};

/// A file with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Export {
    /// What the file may be called.
    pub name: String,
    /// All that is in it.
    pub text: String,
    /// A signed note about the name and the digest of the text, by the key that signs the audit log.
    pub note: String,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ExportFormat {
    #[default]
    Csv,
    Json,
}
