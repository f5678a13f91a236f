//! One change of a reader role.

use fanner_model::Arn;
use jiff::Timestamp;
use serde_json::Value;

use super::Trust;
use crate::reconcile::step::listed;

/// A change that one call to IAM makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RoleStep {
    /// With our tag, by which it is known to be ours.
    Create {
        trust: Trust,
        boundary: Arn,
    },
    /// Puts the permissions boundary on it.
    Bound {
        boundary: Arn,
    },
    /// Lets these assume it, and nobody else.
    Trust {
        trust: Trust,
    },
    /// Denies the sessions that began before.
    EndSessions {
        before: Timestamp,
    },
    /// Lets it do what the policy says.
    Allow {
        policy: Value,
    },
    /// Takes a managed policy from it.
    Detach {
        policy: String,
    },
    /// Takes an inline policy from it.
    Drop {
        policy: String,
    },
    Delete,
}

impl RoleStep {
    /// What kind of step it is, for metrics and logs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create_role",
            Self::Bound { .. } => "bound_role",
            Self::Trust { .. } => "trust_role",
            Self::EndSessions { .. } => "end_sessions",
            Self::Allow { .. } => "allow_role",
            Self::Detach { .. } => "detach_policy",
            Self::Drop { .. } => "drop_policy",
            Self::Delete => "delete_role",
        }
    }

    /// The step in words, as it continues "the control plane may not …" and as a plan lists it.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Create { trust, .. } => format!("make a reader role for {}", listed("role", &trust.trusted)),
            Self::Bound { boundary } => format!("bound the reader role by `{boundary}`"),
            Self::Trust { trust } => format!("let only {} assume the reader role", listed("role", &trust.trusted)),
            Self::EndSessions { .. } => "end the reader role's older sessions".into(),
            Self::Allow { .. } => "let the reader role read".into(),
            Self::Detach { policy } | Self::Drop { policy } => format!("take policy `{policy}` from the reader role"),
            Self::Delete => "delete the reader role".into(),
        }
    }
}
