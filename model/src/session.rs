//! Sessions: what a caller gets for a proof of who it is, and calls with for a few minutes.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CallerId, Role, Secret, TeamName};

/// A proof of who is calling, made by somebody that the control plane trusts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Proof {
    /// A token (JWT) of an OpenID Connect issuer: a CI system, HCP Terraform, a Kubernetes cluster, AWS.
    Token(Secret),
    /// A presigned URL of `sts:GetCallerIdentity`, in base64.
    Aws(Secret),
}

/// A session that just began: the only time that its secret is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSession {
    /// Sent like a token: `Authorization: Bearer …`.
    pub secret: Secret,
    pub caller: CallerId,
    pub team: TeamName,
    pub role: Role,
    pub scope: Scope,
    /// From this moment on the secret is refused.
    pub expires_at: Timestamp,
}

/// How much of what its role may do a caller may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Scope {
    /// All of it.
    #[default]
    Full,
    /// Read and plan, never write: what the plan of a Terraform run needs.
    Plan,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Plan => "plan",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_just_one_and_does_not_show_itself() {
        let proof = |json: &str| serde_json::from_str::<Proof>(json);
        assert_eq!(format!("{:?}", proof(r#"{"token": "e30.e30.e30"}"#).unwrap()), "Token(Secret(…))");
        assert!(proof(r#"{"token": "a", "aws": "b"}"#).is_err());
        assert!(proof("{}").is_err());
    }
}
