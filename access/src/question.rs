//! What is asked, with everything that is known about it.

use std::collections::BTreeSet;

use fanner_model::{EventType, FieldPath, Grant, KmsKey, Purpose, StreamName, StreamSpec, TeamName, TeamSpec};
use jiff::Timestamp;

/// May this stream receive this event, for this purpose, with these fields masked, given these grants?
#[derive(Clone, Copy, Debug)]
pub struct Question<'w> {
    pub stream: &'w StreamName,
    pub spec: &'w StreamSpec,
    /// The team of the stream, and what is known about it.
    pub team: (&'w TeamName, &'w TeamSpec),
    pub event_type: &'w EventType,
    /// What is known about the event type's owner.
    pub owner: &'w TeamSpec,
    /// What the subscription is for.
    pub purpose: Option<&'w Purpose>,
    /// The fields that the subscription does without.
    pub mask: &'w BTreeSet<FieldPath>,
    /// Grants, live or not. Those of another stream, team or event are ignored.
    pub grants: &'w [Grant],
    /// The subscription's own end.
    pub ends: Option<Timestamp>,
    pub now: Timestamp,
}

impl<'w> Question<'w> {
    /// The grants that are about this stream, team and event.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &'w Grant> + use<'w> {
        let (stream, team, event) = (self.stream, self.team.0, &self.event_type.name);
        self.grants.iter().filter(move |grant| grant.stream == *stream && grant.team == *team && grant.event == *event)
    }

    /// Whether the subscription has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ends.is_some_and(|end| end <= self.now)
    }

    /// Whether the stream's team owns the event type.
    pub(crate) fn is_own(&self) -> bool {
        *self.team.0 == self.event_type.team
    }

    /// Whether the stream is encrypted with a key of its own, rather than AWS's for everybody.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.spec.kms_key_arn.as_ref().is_some_and(|key| !is_shared(key))
    }
}

/// Whether a key is one that AWS has for every stream of an account.
fn is_shared(key: &KmsKey) -> bool {
    key.as_str().ends_with("alias/aws/kinesis")
}
