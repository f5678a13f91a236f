//! Who reads an event and why, with everything that a reviewer wants to know about it.

use std::collections::BTreeSet;

use fanner_access::{Judge, Question};
use fanner_model::{CallerId, EventType, Reader};
use jiff::Timestamp;

use super::{Asking, World};

/// What the links of standing permissions are called, before the permission's id.
const STANDING: &str = "tpl.standing:";

impl<'w> Asking<'w> {
    /// What this subscription is told about an event, and why.
    pub(crate) fn reader(
        &self,
        judge: &mut Judge<'w>,
        declared: &'w EventType,
        world: &'w World,
        now: Timestamp,
    ) -> Reader {
        let question = world.question(self, declared, now);
        let decision = judge.decide(&question);
        let said = |id: &String| (id.clone(), world.policies.says(id, &question).unwrap_or_default());
        let reader = Reader {
            event: declared.name.clone(),
            stream: self.stream.clone(),
            team: self.team.clone(),
            subscription: self.subscription,
            purpose: self.purpose.cloned(),
            because: decision.policies.iter().map(said).collect(),
            access: self.told(decision, declared, world),
            since: None,
            approved_by: BTreeSet::new(),
            last_delivered_at: None,
        };
        match basis(&reader, &question, world) {
            Some((since, approved_by)) => Reader { since: Some(since), approved_by, ..reader },
            None => reader,
        }
    }
}

/// When that was given which an event rests on that flows, and by whom: its grant, or a standing permission.
fn basis(reader: &Reader, question: &Question<'_>, world: &World) -> Option<(Timestamp, BTreeSet<CallerId>)> {
    if let Some(id) = reader.access.grant {
        let grant = question.grants.iter().find(|grant| grant.id == id)?;
        return Some((grant.granted_at, grant.approvals.iter().map(|approved| approved.by.clone()).collect()));
    }
    if !reader.access.is_active() || !reader.because.keys().all(|policy| policy.starts_with(STANDING)) {
        return None;
    }
    let first = world.policies.standing(question).min_by_key(|permission| permission.created_at)?;
    Some((first.created_at, BTreeSet::from([first.created_by.clone()])))
}
