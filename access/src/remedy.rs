//! What would have to change for a refusal to become a permission. Cedar is asked again with that changed, so what is
//! recommended is what works.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::LazyLock;

use fanner_model::{Approval, Grant, Purpose};

use crate::judge::{Answer, Case, Granted, Judge, SceneId};
use crate::permit::ways;
use crate::question::Question;
use crate::scene::Scene;

/// The least that has to change.
pub(crate) struct Remedy<'w> {
    pub(crate) change: Change<'w>,
    pub(crate) basis: Basis<'w>,
}

/// What the consumer would do differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change<'w> {
    /// Ask for another purpose.
    pub(crate) purpose: Option<&'w Purpose>,
    /// Mask every sensitive field.
    pub(crate) masks: bool,
    /// Become a team that nothing can be held against.
    pub(crate) team: bool,
}

/// What a permission would rest on.
#[derive(Clone, Debug)]
pub(crate) enum Basis<'w> {
    /// What there is already: a live grant, or none.
    Way(Option<&'w Grant>),
    /// A grant that these would have to approve.
    Approved(BTreeSet<Approval>),
}

/// Stands for whatever purpose a consumer will name, where all are allowed.
static ANY: LazyLock<Purpose> = LazyLock::new(|| "any".parse().expect("it is a good name"));

impl Change<'_> {
    /// Whether nothing has to change.
    pub(crate) fn is_none(&self) -> bool {
        *self == Change::default()
    }
}

impl<'w> Remedy<'w> {
    /// The least change that works, with the fewest approvals; `None` if nothing works that is tried here.
    pub(crate) fn find(judge: &mut Judge<'w>, trial: &Trial<'w>) -> Option<Self> {
        changes(&trial.question).find_map(|change| {
            let bases: Vec<_> = bases(&trial.question, change).collect();
            // Where not even every approval is enough, fewer are not worth asking about. Whether something is pending is exact.
            let hopeless = |most| !change.is_none() && !trial.would(judge, change, most).allowed;
            if bases.last().is_some_and(hopeless) {
                return None;
            }
            let basis = bases.into_iter().find(|basis| trial.would(judge, change, basis).allowed)?;
            Some(Self { change, basis })
        })
    }

    /// The other purposes for which the same would work.
    pub(crate) fn purposes(&self, judge: &mut Judge<'w>, trial: &Trial<'w>) -> Vec<&'w Purpose> {
        let purposes = trial.question.event_type.spec.purposes.iter();
        purposes
            .filter(|purpose| {
                let change = Change { purpose: Some(purpose), ..self.change };
                trial.would(judge, change, &self.basis).allowed
            })
            .collect()
    }
}

/// What can be changed, least first: masks before the purpose, and the team last.
fn changes<'w>(question: &Question<'w>) -> impl Iterator<Item = Change<'w>> + use<'w> {
    let spec = &question.event_type.spec;
    let any = (question.purpose.is_none() && spec.purposes.is_empty()).then_some(&*ANY);
    let asked = question.purpose;
    let others = spec.purposes.iter().filter(move |purpose| Some(*purpose) != asked).chain(any);
    let purposes: Vec<_> = [None].into_iter().chain(others.map(Some)).collect();
    let masks = if spec.sensitive_fields.is_empty() { &[false][..] } else { &[false, true] };
    [false, true].into_iter().flat_map(move |team| {
        let purposes = purposes.clone().into_iter();
        purposes.flat_map(move |purpose| masks.iter().map(move |masks| Change { purpose, masks: *masks, team }))
    })
}

/// What a permission can rest on, fewest approvals first. Without a purpose nothing can be granted, and of a retired event type
/// nothing new is.
fn bases<'w>(question: &Question<'w>, change: Change<'w>) -> impl Iterator<Item = Basis<'w>> + use<'w> {
    let can_be_granted = change.purpose.or(question.purpose).is_some() && !question.event_type.spec.retired;
    let approvals = [&[Approval::Owner][..], &[Approval::Security], &[Approval::Owner, Approval::Security]];
    let approvals = approvals.into_iter().filter(move |_| can_be_granted);
    ways(question).map(Basis::Way).chain(approvals.map(|roles| Basis::Approved(roles.iter().copied().collect())))
}

/// A question that was refused, to be asked again with changes.
pub(crate) struct Trial<'w> {
    pub(crate) question: Question<'w>,
    scene: SceneId,
    /// The same with a team that nothing can be held against.
    model: SceneId,
}

impl<'w> Trial<'w> {
    pub(crate) fn new(judge: &mut Judge<'w>, question: &Question<'w>) -> Self {
        let named = judge.policies.named();
        let scene = Scene::new(question, question.now, named);
        let model = scene.with_model_team(named.texts.iter().map(String::as_str));
        Self { question: *question, scene: judge.enter(scene), model: judge.enter(model) }
    }

    /// What Cedar would say if that were so.
    pub(crate) fn would(&self, judge: &mut Judge<'w>, change: Change<'w>, basis: &Basis<'w>) -> Rc<Answer> {
        let question = &self.question;
        let changed = Question { purpose: change.purpose.or(question.purpose), ..*question };
        let case = match basis {
            Basis::Way(way) => judge.case(&changed, *way, question.now),
            Basis::Approved(approvals) => approved(judge.case(&changed, None, question.now), approvals),
        };
        let masks = change.masks.then_some(&question.event_type.spec.sensitive_fields).into_iter().flatten();
        let mask = case.mask.iter().copied().chain(masks).collect();
        let scene = if change.team { self.model } else { self.scene };
        judge.ask(scene, Case { mask, ..case })
    }
}

/// The same, under a grant for just this with these approvals.
fn approved<'w>(case: Case<'w>, approvals: &BTreeSet<Approval>) -> Case<'w> {
    let mask = case.mask.clone();
    let grant = case.purpose.map(|purpose| Granted { purpose, approvals: approvals.clone(), mask });
    Case { grant, ..case }
}
