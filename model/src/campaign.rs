//! Reviews of what was given: security opens a campaign, and each right in its scope is kept, reduced or revoked by somebody
//! who answers for it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CallerId, CampaignId, Classification, EventName, FieldPath, Right, RightId, TeamName, limit};

/// A campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Campaign {
    pub id: CampaignId,
    pub created_by: CallerId,
    pub created_at: Timestamp,
    pub spec: CampaignSpec,
    pub progress: Progress,
}

/// What security asks for. It is never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CampaignSpec {
    /// What those who answer will read.
    #[serde(deserialize_with = "limit::reason")]
    pub title: String,
    #[serde(default)]
    pub scope: CampaignScope,
    /// Until when answers are taken.
    pub due_at: Timestamp,
    /// Whether what nobody answered by then is revoked (`true`), or only listed.
    #[serde(default)]
    pub revoke_unanswered: bool,
}

/// Which rights are looked at: those for which all of this holds. An empty scope is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CampaignScope {
    /// Those that this team has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// Those that include events that this team owns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<TeamName>,
    /// Those that include this event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventName>,
    /// Those that include an event that must be handled at least this carefully.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification: Option<Classification>,
}

/// How many rights are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Not answered, whether or not there is still time.
    pub open: u64,
    pub attested: u64,
    pub reduced: u64,
    pub revoked: u64,
}

/// One right that a campaign is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CampaignItem {
    /// The right as it was when the campaign began.
    pub right: Right,
    /// The team that answers for it, beside security; left out: security alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<TeamName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    pub by: CallerId,
    pub at: Timestamp,
    pub verdict: Verdict,
    pub reason: String,
}

/// What becomes of a right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// It is still needed as it is.
    Attest,
    /// It goes on with less.
    Reduce {
        /// Further fields that it does without.
        #[serde(default, deserialize_with = "limit::fields", skip_serializing_if = "BTreeSet::is_empty")]
        mask: BTreeSet<FieldPath>,
        /// An earlier end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// It ends at once.
    Revoke,
}

/// An answer about one right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAnswer {
    pub right: RightId,
    pub verdict: Verdict,
    #[serde(deserialize_with = "limit::reason")]
    pub reason: String,
}

impl Verdict {
    /// The word for it, as it stands in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Attest => "attest",
            Self::Reduce { .. } => "reduce",
            Self::Revoke => "revoke",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
