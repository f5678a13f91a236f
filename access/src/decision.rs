//! The answer to a question: whether events flow, until when, and why.

use std::collections::BTreeSet;

use fanner_model::{AccessStatus, Approval, Permit};
use jiff::Timestamp;

use crate::judge::Judge;
use crate::permit::Outlook;
use crate::question::Question;
use crate::reason;
use crate::remedy::{Basis, Remedy, Trial};
use crate::template::{QUARANTINE, STANDING};

/// Whether a stream may have an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub status: AccessStatus,
    /// Why, in words for the consumer.
    pub reason: String,
    /// What may be delivered, in order of preference: least masked first, and each lasts longer than all before it. Empty unless
    /// the status is active.
    pub permits: Vec<Permit>,
    /// Whose approval would make it active. Empty unless the status is pending.
    pub needs: BTreeSet<Approval>,
    /// The policies that decided, by `@id`; those of links go on with `:` and the id of the standing permission or quarantine.
    pub policies: BTreeSet<String>,
    /// From this moment on something may be allowed that is not now, so ask again. `permits` say themselves when they end.
    pub opens_at: Option<Timestamp>,
}

/// What may be delivered: the part of a [`Decision`] that rules are compiled from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prospect {
    /// As [`Decision::permits`].
    pub permits: Vec<Permit>,
    /// As [`Decision::opens_at`].
    pub opens_at: Option<Timestamp>,
}

impl<'w> Judge<'w> {
    /// Decides a question.
    pub fn decide(&mut self, question: &Question<'w>) -> Decision {
        if let Some(end) = question.ends.filter(|end| *end <= question.now) {
            return Decision::denied(format!("the subscription ended at {end}"));
        }
        let outlook = Outlook::new(self, question);
        let decision = match outlook.permits.first() {
            Some(best) => self.active(question, &outlook, best),
            None => self.inactive(question, &outlook),
        };
        Decision { opens_at: outlook.opens_at, ..decision }
    }

    /// What a decision says of delivering, without words: what compiling rules needs.
    pub fn prospect(&mut self, question: &Question<'w>) -> Prospect {
        if question.has_ended() {
            return Prospect::default();
        }
        let Outlook { permits, opens_at, .. } = Outlook::new(self, question);
        Prospect { permits, opens_at }
    }

    fn active(&self, question: &Question<'w>, outlook: &Outlook, best: &Permit) -> Decision {
        let policies = outlook.policies();
        Decision {
            status: AccessStatus::Active,
            reason: reason::active(self.policies, question, &policies, best),
            permits: outlook.permits.clone(),
            needs: BTreeSet::new(),
            policies: self.with_links(question, policies),
            opens_at: None,
        }
    }

    fn inactive(&mut self, question: &Question<'w>, outlook: &Outlook) -> Decision {
        if let Some(failure) = outlook.answers.iter().find_map(|(_, answer)| answer.failure.as_ref()) {
            return Decision::denied(format!("the policies cannot be evaluated, and so nothing is allowed: {failure}"));
        }
        let trial = Trial::new(self, question);
        let remedy = Remedy::find(self, &trial);
        let reason = reason::inactive(self, &trial, remedy.as_ref());
        let decision = Decision { policies: self.with_links(question, outlook.policies()), ..Decision::denied(reason) };
        match remedy {
            Some(Remedy { change, basis: Basis::Approved(needs) }) if change.is_none() => {
                Decision { status: AccessStatus::Pending, needs, ..decision }
            }
            Some(_) | None => decision,
        }
    }

    /// The same policies, with the templates replaced by their links.
    pub(crate) fn with_links(&self, question: &Question<'w>, policies: BTreeSet<String>) -> BTreeSet<String> {
        let links = &self.policies.links;
        let linked = |id: String| -> Vec<String> {
            match id.as_str() {
                STANDING => {
                    let standing = links.standing_at(question, question.now);
                    standing.map(|permission| format!("{id}:{}", permission.id)).collect()
                }
                QUARANTINE => links.quarantines(question).map(|quarantine| format!("{id}:{}", quarantine.id)).collect(),
                _ => vec![id],
            }
        };
        policies.into_iter().flat_map(linked).collect()
    }
}

impl Decision {
    fn denied(reason: String) -> Self {
        Self {
            status: AccessStatus::Denied,
            reason,
            permits: Vec::new(),
            needs: BTreeSet::new(),
            policies: BTreeSet::new(),
            opens_at: None,
        }
    }
}
