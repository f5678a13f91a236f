//! When, under which grant and without which fields a stream may have an event.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::rc::Rc;

use fanner_model::{FieldPath, Grant, GrantId, Permit};
use jiff::Timestamp;

use crate::judge::{Answer, Case, Granted, Judge, SceneId};
use crate::question::Question;
use crate::scene::Scene;

/// Sorts a permit after all that are less masked, and among equals after all that last longer.
fn preference(permit: &Permit) -> impl Ord + use<> {
    (permit.mask.len(), Reverse((permit.not_after.is_none(), permit.not_after)), permit.grant)
}

/// What is permitted from now on, as far as it is known now.
pub(crate) struct Outlook {
    /// In order of preference, least masked first. Each lasts longer than all before it: others would never be used.
    pub(crate) permits: Vec<Permit>,
    /// What Cedar says now of each way to be allowed.
    pub(crate) answers: Vec<(Option<GrantId>, Rc<Answer>)>,
    /// The first moment at which something becomes allowed that is not now.
    pub(crate) opens_at: Option<Timestamp>,
}

impl Outlook {
    /// Asks about every way to be allowed, now and at each moment at which the answer can change.
    pub(crate) fn new<'w>(judge: &mut Judge<'w>, question: &Question<'w>) -> Self {
        let moments = moments(judge, question);
        let mut outlook = Self { permits: Vec::new(), answers: Vec::new(), opens_at: None };
        for way in ways(question) {
            outlook.add(judge, question, way, &moments);
        }
        outlook.permits.sort_by_key(preference);
        let mut last: Option<Option<Timestamp>> = None;
        outlook.permits.retain(|permit| {
            let longer = last.is_none_or(|last| last.is_some_and(|last| permit.is_open(last)));
            last = if longer { Some(permit.not_after) } else { last };
            longer
        });
        outlook
    }

    /// The policies that decide now: those that permit the best way, or all that forbid any.
    pub(crate) fn policies(&self) -> BTreeSet<String> {
        let best = self.permits.first().map(|best| best.grant);
        let deciding = self.answers.iter().filter(|(grant, _)| best.is_none_or(|best| best == *grant));
        deciding.flat_map(|(_, answer)| answer.policies.iter().cloned()).collect()
    }

    fn add<'w>(
        &mut self,
        judge: &mut Judge<'w>,
        question: &Question<'w>,
        way: Option<&'w Grant>,
        moments: &[(Timestamp, SceneId)],
    ) {
        let end = [way.map(|grant| grant.until), question.ends].into_iter().flatten().min();
        let moments: Vec<_> = moments.iter().filter(|(at, _)| end.is_none_or(|end| *at < end)).collect();
        let answers: Vec<_> = moments.iter().map(|(at, scene)| judge.about(question, way, *at, *scene)).collect();
        let opens = answers.windows(2).position(|pair| !pair[0].allowed && pair[1].allowed);
        let opens = opens.map(|before| moments[before + 1].0);
        self.opens_at = [self.opens_at, opens].into_iter().flatten().min();
        let Some(now) = answers.first() else { return };
        self.answers.push((way.map(|grant| grant.id), now.clone()));
        if now.allowed {
            let closes = answers.iter().position(|answer| !answer.allowed).map(|first| moments[first].0);
            let mask = masked(question, way).cloned().collect();
            self.permits.push(Permit { not_after: closes.or(end), mask, grant: way.map(|grant| grant.id) });
        }
    }
}

/// The ways to be allowed: without a grant, and under each live one.
pub(crate) fn ways<'w>(question: &Question<'w>) -> impl Iterator<Item = Option<&'w Grant>> + use<'w> {
    let now = question.now;
    [None].into_iter().chain(question.grants().filter(move |grant| grant.is_live(now)).map(Some))
}

/// Now, and every later moment at which facts end: trainings and standing permissions. Ends of grants and of the subscription
/// are no such moments, since nothing is asked after them.
fn moments<'w>(judge: &mut Judge<'w>, question: &Question<'w>) -> Vec<(Timestamp, SceneId)> {
    let trainings = [question.team.1, question.owner].into_iter().flat_map(|team| team.trainings.values().copied());
    let standing = judge.policies.links.standing(question).map(|permission| permission.spec.expires_at);
    let later: BTreeSet<_> = trainings.chain(standing).filter(|end| question.now < *end).collect();
    [question.now].into_iter().chain(later).map(|at| (at, judge.scene(question, at))).collect()
}

/// Every field that is masked: those that the subscription does without, and those that the grant does.
fn masked<'w>(question: &Question<'w>, way: Option<&'w Grant>) -> impl Iterator<Item = &'w FieldPath> + use<'w> {
    question.mask.iter().chain(way.into_iter().flat_map(Grant::masked))
}

impl<'w> Judge<'w> {
    /// Cedar's answer about one way to be allowed, at a moment.
    fn about(&mut self, question: &Question<'w>, way: Option<&'w Grant>, at: Timestamp, scene: SceneId) -> Rc<Answer> {
        let case = self.case(question, way, at);
        self.ask(scene, case)
    }

    /// What Cedar is told of the pair at a moment.
    fn scene(&mut self, question: &Question<'w>, at: Timestamp) -> SceneId {
        self.enter(Scene::new(question, at, self.policies.named()))
    }

    /// What Cedar is told of the subscription, of a grant and of the links at a moment.
    pub(crate) fn case(&self, question: &Question<'w>, way: Option<&'w Grant>, at: Timestamp) -> Case<'w> {
        Case {
            purpose: question.purpose,
            mask: masked(question, way).collect(),
            grant: way.map(|grant| Granted {
                purpose: &grant.purpose,
                approvals: grant.approvals.iter().map(|approved| approved.role).collect(),
                mask: grant.masked().collect(),
            }),
            standing: self.policies.links.standing_at(question, at).next().is_some(),
            quarantined: self.policies.links.quarantines(question).next().is_some(),
        }
    }
}
