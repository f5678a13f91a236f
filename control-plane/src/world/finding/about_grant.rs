//! What is the matter with a grant.

use fanner_model::{Finding, FindingKind, Grant, Right, StreamId};

use super::Look;
use crate::world::{Asking, is_asking};

impl Look<'_> {
    pub(super) fn about_grant(&self, grant: &Grant) -> Vec<Finding> {
        let right = Right::from(grant);
        let last = self.id_of(grant).and_then(|id| self.moment.deliveries.last(id, &grant.event));
        match self.orphaned(grant) {
            Some(words) => Self::findings(&right, last, [Some((FindingKind::Orphaned, format!("{words}; revoke it")))]),
            None => {
                let found = [self.idleness(grant.granted_at, last), self.unmasked(grant), self.term(&right)];
                Self::findings(&right, last, found)
            }
        }
    }

    /// That what the grant is about is gone.
    fn orphaned(&self, grant: &Grant) -> Option<String> {
        let Grant { stream, team, event, purpose, .. } = grant;
        let Some(declared) = self.moment.world.event_type(event) else {
            return Some(format!("`{event}` is not declared any more"));
        };
        if self.id_of(grant).is_none() {
            return Some(format!("stream `{stream}` of team `{team}` is gone"));
        }
        if self.asking_for(grant).next().is_some() {
            return self.off_boarded(team, Some(&declared.team));
        }
        Some(format!("no subscription of stream `{stream}` asks for `{event}` for purpose `{purpose}`"))
    }

    /// That fields arrive which need care.
    fn unmasked(&self, grant: &Grant) -> Option<(FindingKind, String)> {
        let declared = self.moment.world.event_type(&grant.event)?;
        let is_masked = |field| {
            grant.masked().any(|masked| masked == field)
                || self.asking_for(grant).all(|asking| asking.mask.contains(field))
        };
        let fields = declared.spec.sensitive_fields.iter().filter(|field| !is_masked(field));
        let fields: Vec<_> = fields.map(|field| format!("`{field}`")).collect();
        let words =
            || format!("{} arrive unmasked; mask what purpose `{}` does not need", fields.join(", "), grant.purpose);
        (!fields.is_empty()).then(|| (FindingKind::OverBroad, words()))
    }

    /// The subscriptions that a grant is for.
    fn asking_for(&self, grant: &Grant) -> impl Iterator<Item = &Asking<'_>> {
        let of_stream = self.asking.get(&grant.stream).into_iter().flatten();
        of_stream.filter(|asking| is_for(asking, grant))
    }

    /// The stream that has the grant.
    fn id_of(&self, grant: &Grant) -> Option<StreamId> {
        let streams = &self.moment.interests.streams;
        let place = streams.binary_search_by(|record| record.stream.name.cmp(&grant.stream)).ok()?;
        let record = streams.get(place).filter(|record| is_asking(record) && record.stream.team == grant.team)?;
        Some(record.stream.id)
    }
}

/// Whether a subscription is what a grant is for.
fn is_for(asking: &Asking<'_>, grant: &Grant) -> bool {
    (asking.stream, asking.team, asking.purpose) == (&grant.stream, &grant.team, Some(&grant.purpose))
        && asking.events.contains(&grant.event)
}
