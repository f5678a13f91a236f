//! What a standing permission can include: what its template says about an event, whichever stream of the team asks for it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fanner_model::{Classification, EventType, StreamName, StreamSpec, TeamName, TeamSpec};
use jiff::Timestamp;

use crate::cast::Cast;
use crate::judge::{Case, answer};
use crate::scene::Scene;
use crate::{Policies, Question};

/// A team and an event type that a standing permission is to be about.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'w> {
    pub team: (&'w TeamName, &'w TeamSpec),
    pub event_type: &'w EventType,
    /// What is known about the event type's owner.
    pub owner: &'w TeamSpec,
    pub now: Timestamp,
}

/// A stream that a policy has little to hold against: encrypted with a key of its own, and short of memory.
static STREAM: LazyLock<(StreamName, StreamSpec)> = LazyLock::new(|| {
    let key = Some("alias/fanner".parse().expect("it is an alias"));
    ("any".parse().expect("it is a good name"), StreamSpec { kms_key_arn: key, ..StreamSpec::default() })
});

impl Policies {
    /// The classifications with which the event would be included, everything else being as it is. None: the template asks for
    /// something that only a stream can have, or for nothing that there is. What forbids is left out of account: it comes and goes.
    pub fn standing_includes(&self, standing: &Standing<'_>) -> BTreeSet<Classification> {
        let Standing { team, event_type, owner, now } = *standing;
        let (stream, spec) = &*STREAM;
        let mask = BTreeSet::new();
        let question = Question {
            stream,
            spec,
            team,
            event_type,
            owner,
            purpose: None,
            mask: &mask,
            grants: &[],
            ends: None,
            now,
        };
        let scene = Scene::new(&question, now, self.named());
        let mut cast = Cast::default();
        let includes = |classification: &Classification| {
            let scene = scene.classified(*classification);
            let entities = scene.entities(&mut cast);
            cases(event_type).any(|case| answer(self.standing_alone(), &scene, case.context(), &entities).allowed)
        };
        Classification::ALL.into_iter().filter(includes).collect()
    }
}

/// The ways to ask for an event: for no purpose or one of its own, with all fields or without the sensitive ones.
fn cases(event_type: &EventType) -> impl Iterator<Item = Case<'_>> {
    let spec = &event_type.spec;
    let purposes = [None].into_iter().chain(spec.purposes.iter().map(Some));
    let masks = [BTreeSet::new(), spec.sensitive_fields.iter().collect()];
    purposes.flat_map(move |purpose| {
        let case = move |mask| Case { purpose, mask, grant: None, standing: true, quarantined: false };
        masks.clone().map(case)
    })
}
