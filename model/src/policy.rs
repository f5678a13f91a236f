//! Access policies as documents. What the text says is Cedar's, which is not needed to carry it around.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{PolicyName, limit};

/// A document of access policies. All documents together decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// `default` is the document that ships with fanner, until it is replaced.
    pub name: PolicyName,
    /// Which version of the document this is: 1 at first, raised by every change; 0 is the one that ships with fanner.
    /// It is the document's ETag.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub spec: PolicySpec,
}

/// What security asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicySpec {
    #[serde(default, deserialize_with = "limit::description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Cedar policies, each with an `@id`.
    pub text: String,
}
