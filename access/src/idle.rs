//! Policies that never decide anything.

use std::collections::{BTreeSet, HashSet};

use fanner_model::{Approval, Classification};

use crate::Policies;
use crate::cast::Cast;
use crate::judge::{Case, Granted, Judge, answer};
use crate::permit::Outlook;
use crate::question::Question;
use crate::scene::Scene;
use crate::template::id_of;

impl Policies {
    /// The policies about receiving that decide none of these questions, by `@id`: neither as things are, nor with any
    /// classification, purpose of the event, mask of its sensitive fields or approvals in place of what there is, with a team that
    /// nothing or everything can be held against, in and out of standing permissions and quarantines.
    ///
    /// That is a search and no proof: a policy that is reported may yet decide about a stream, a tag or a name that no question
    /// has. One that is not reported does decide something. (One that can decide nothing by its types alone is refused by
    /// [`Policies::parse`].)
    pub fn never_matching<'w>(&'w self, questions: &[Question<'w>]) -> BTreeSet<String> {
        let mut left: BTreeSet<_> = self.receive(true, true).policies().map(|policy| id_of(policy.id())).collect();
        let mut judge = self.judge();
        for question in questions {
            let outlook = Outlook::new(&mut judge, question);
            let deciding = outlook.answers.iter().flat_map(|(_, answer)| &answer.policies);
            deciding.for_each(|id| _ = left.remove(id));
        }
        let mut tried = HashSet::new();
        for question in questions {
            let scene = Scene::new(question, question.now, self.named());
            if !left.is_empty() && tried.insert(scene.with_hopeless_team().classified(Classification::Public)) {
                vary(&judge, question, &scene, &mut left);
            }
        }
        left
    }
}

/// Takes out what decides some variation of the question.
fn vary<'w>(judge: &Judge<'w>, question: &Question<'w>, scene: &Scene<'w>, left: &mut BTreeSet<String>) {
    let trainings = judge.policies.named().texts.iter().map(String::as_str);
    let teams = [scene.clone(), scene.with_model_team(trainings), scene.with_hopeless_team()];
    let cases = cases(judge, question);
    let mut cast = Cast::default();
    for scene in
        teams.iter().flat_map(|scene| Classification::ALL.map(|classification| scene.classified(classification)))
    {
        let entities = scene.entities(&mut cast);
        for case in &cases {
            let policies = judge.policies.receive(case.standing, case.quarantined);
            answer(policies, &scene, case.context(), &entities).policies.iter().for_each(|id| _ = left.remove(id));
        }
        if left.is_empty() {
            return;
        }
    }
}

/// Every purpose, with and without mask, under each grant there could be, in and out of links.
fn cases<'w>(judge: &Judge<'w>, question: &Question<'w>) -> Vec<Case<'w>> {
    const ROLES: [&[Approval]; 4] =
        [&[], &[Approval::Owner], &[Approval::Security], &[Approval::Owner, Approval::Security]];
    let base = judge.case(question, None, question.now);
    let spec = &question.event_type.spec;
    let purposes = [None, question.purpose].into_iter().chain(spec.purposes.iter().map(Some));
    let with_purpose = purposes.map(|purpose| Case { purpose, ..base.clone() });
    let with_mask = with_purpose.flat_map(|case| {
        let masked = Case { mask: spec.sensitive_fields.iter().collect(), ..case.clone() };
        [case, masked]
    });
    let with_grant = with_mask.flat_map(|case| {
        let grant = |roles: &[Approval]| {
            let approvals = roles.iter().copied().collect();
            Some(Granted { purpose: case.purpose?, approvals, mask: case.mask.clone() })
        };
        let grants = ROLES.into_iter().map(grant).chain([None]);
        grants.map(|grant| Case { grant, ..case.clone() }).collect::<Vec<_>>()
    });
    let links = [(false, false), (true, false), (false, true)];
    let with_links =
        |case: Case<'w>| links.map(|(standing, quarantined)| Case { standing, quarantined, ..case.clone() });
    with_grant.flat_map(with_links).collect()
}
