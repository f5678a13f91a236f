//! What a look at IAM gives.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{SeenRole, StreamId};
use serde_json::Value;

use super::trust::{Trust, ending};
use super::{READ, SESSIONS, WantedRole};
use crate::reconcile::document::normal;

/// A role of the name that we give a stream's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundRole {
    pub arn: String,
    /// Whether it is at the path where ours are, and nobody else's.
    pub is_at_ours: bool,
    /// Whose reader role it says that it is: the value of its tag `fanner:stream-id`, if it is where ours are.
    pub owner: Option<String>,
    pub boundary: Option<String>,
    pub trust: Trust,
    /// Its inline policies by name, in normal form.
    pub inline: BTreeMap<String, Value>,
    /// The ARNs of the managed policies that are attached to it.
    pub attached: BTreeSet<String>,
}

impl FoundRole {
    /// A role of ours that is just as asked for.
    pub(crate) fn ours(id: StreamId, wanted: &WantedRole<'_>) -> Self {
        Self {
            arn: fanner_model::ReaderRole::arn(id, wanted.stream).unwrap_or_default(),
            is_at_ours: true,
            owner: Some(id.to_string()),
            boundary: Some(wanted.boundary.to_string()),
            trust: Trust::of(wanted.trusted(), None),
            inline: [(READ.to_owned(), normal(&wanted.policy()))].into(),
            attached: BTreeSet::new(),
        }
    }

    /// Whether it carries our tag.
    pub(crate) fn belongs_to(&self, id: StreamId) -> bool {
        self.owner.as_deref() == Some(id.to_string().as_str())
    }

    /// Whether sessions that began before the moment that its trust notes are denied, or there is none.
    pub(super) fn ends_sessions(&self) -> bool {
        self.inline.get(SESSIONS) == self.trust.since.map(|since| normal(&ending(since))).as_ref()
    }

    /// What people see of it.
    pub(crate) fn seen(&self) -> SeenRole {
        SeenRole { arn: self.arn.clone(), trusted: self.trust.trusted.clone() }
    }
}
