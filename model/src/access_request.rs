//! Asking for access: filed by applying a subscription that needs somebody's approval, decided by people.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CallerId, EventName, FieldPath, GrantId, Purpose, RequestId, StreamName, TeamName, limit};

/// A request that a stream may receive an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessRequest {
    pub id: RequestId,
    pub stream: StreamName,
    /// The team of the stream.
    pub team: TeamName,
    pub event: EventName,
    pub purpose: Purpose,
    /// The fields that the stream does without.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mask: BTreeSet<FieldPath>,
    /// When the grant is to end at the latest; left out, 180 days after its approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The grant that is to last longer; left out, a new one is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<GrantId>,
    pub requested_by: CallerId,
    pub requested_at: Timestamp,
    /// Whose approval the policies ask for.
    pub needs: BTreeSet<Approval>,
    /// The approvals so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approved>,
    pub status: RequestStatus,
}

impl AccessRequest {
    /// Whose approval is still missing.
    pub fn missing(&self) -> BTreeSet<Approval> {
        let given: BTreeSet<_> = self.approvals.iter().map(|approved| approved.role).collect();
        self.needs.difference(&given).copied().collect()
    }

    /// Whether it was taken back only because its stream did not ask for it any more.
    pub fn is_dropped(&self) -> bool {
        matches!(&self.status, RequestStatus::Withdrawn { by: None, .. })
    }
}

/// In which role somebody approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Approval {
    /// The team that owns the event type.
    Owner,
    Security,
}

impl Approval {
    /// Who that is for an event type of this owner, in words.
    pub fn named(self, owner: &TeamName) -> String {
        match self {
            Self::Owner => format!("its owner, team `{owner}`"),
            Self::Security => "security".to_owned(),
        }
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "owner",
            Self::Security => "security",
        })
    }
}

/// An approval that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approved {
    pub role: Approval,
    pub by: CallerId,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What an approval may say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comment {
    #[serde(default, deserialize_with = "limit::description", skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a rejection and a revocation must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// In words that those concerned will read.
    #[serde(deserialize_with = "limit::reason")]
    pub reason: String,
}

/// Until when a grant is to last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Extension {
    /// Left out: 180 days from the approval on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RequestStatus {
    Pending,
    Approved {
        grant: GrantId,
        at: Timestamp,
    },
    Rejected {
        by: CallerId,
        at: Timestamp,
        reason: String,
    },
    /// Taken back by somebody of its team, or, without `by`, no longer asked for.
    Withdrawn {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<CallerId>,
        at: Timestamp,
    },
}
