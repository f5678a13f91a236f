//! Asks Cedar, and remembers what it said.

use std::cell::OnceCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use cedar_policy::{Authorizer, Context, Decision, Entities, PolicySet, Request, RestrictedExpression};
use fanner_model::{Approval, FieldPath, Purpose};

use crate::Policies;
use crate::cast::Cast;
use crate::scene::{Scene, text, texts};
use crate::schema::{APPROVAL, receiving};
use crate::template::id_of;

/// Decides questions about one world, equal ones once. It keeps what it heard for as long as it lives.
pub struct Judge<'w> {
    pub(crate) policies: &'w Policies,
    known: HashMap<Scene<'w>, SceneId>,
    heard: Vec<Hearing<'w>>,
    cases: HashMap<Case<'w>, (CaseId, Context)>,
    cast: Cast<'w>,
}

/// A scene that the judge knows.
#[derive(Clone, Copy)]
pub(crate) struct SceneId(usize);

/// A case that the judge knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct CaseId(usize);

/// What Cedar said about one scene.
struct Hearing<'w> {
    scene: Scene<'w>,
    /// Made when Cedar is asked for the first time.
    entities: OnceCell<Entities>,
    answers: HashMap<CaseId, Rc<Answer>>,
}

/// What a subscription, a grant and the links of templates add to a scene.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Case<'w> {
    pub(crate) purpose: Option<&'w Purpose>,
    /// Every field that is masked, for whichever reason.
    pub(crate) mask: BTreeSet<&'w FieldPath>,
    pub(crate) grant: Option<Granted<'w>>,
    /// Whether a standing permission is about the pair.
    pub(crate) standing: bool,
    /// Whether a quarantine is about the pair.
    pub(crate) quarantined: bool,
}

/// What a policy sees of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Granted<'w> {
    pub(crate) purpose: &'w Purpose,
    pub(crate) approvals: BTreeSet<Approval>,
    pub(crate) mask: BTreeSet<&'w FieldPath>,
}

/// What Cedar said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) allowed: bool,
    /// The policies that decided, by `@id`.
    pub(crate) policies: BTreeSet<String>,
    /// What went wrong; then it is a refusal.
    pub(crate) failure: Option<String>,
}

impl<'w> Judge<'w> {
    pub(crate) fn new(policies: &'w Policies) -> Self {
        let (known, heard, cases, cast) = Default::default();
        Self { policies, known, heard, cases, cast }
    }

    /// Makes a scene known.
    pub(crate) fn enter(&mut self, scene: Scene<'w>) -> SceneId {
        let next = SceneId(self.heard.len());
        let hearing = |scene| Hearing { scene, entities: OnceCell::new(), answers: HashMap::new() };
        match self.known.entry(scene) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.heard.push(hearing(new.key().clone()));
                *new.insert(next)
            }
        }
    }

    /// Cedar's answer.
    pub(crate) fn ask(&mut self, scene: SceneId, case: Case<'w>) -> Rc<Answer> {
        let policies = self.policies.receive(case.standing, case.quarantined);
        let next = CaseId(self.cases.len());
        let (case, context) = self.cases.entry(case).or_insert_with_key(|case| (next, case.context()));
        let Hearing { scene, entities, answers } = &mut self.heard[scene.0];
        let heard = answers.entry(*case).or_insert_with(|| {
            let entities = entities.get_or_init(|| scene.entities(&mut self.cast));
            Rc::new(answer(policies, scene, context.clone(), entities))
        });
        heard.clone()
    }
}

/// Asks Cedar whether these policies let the stream of the scene receive its event.
pub(crate) fn answer(policies: &PolicySet, scene: &Scene<'_>, context: Context, entities: &Entities) -> Answer {
    let (principal, resource) = (scene.principal(), scene.resource());
    let request = Request::new(principal, receiving(), resource, context, None)
        .expect("only checking a request against a schema can fail");
    Answer::from(Authorizer::new().is_authorized(&request, policies, entities))
}

impl From<cedar_policy::Response> for Answer {
    /// An error while evaluating skips a policy in Cedar; since the policy may have been one that forbids, it is a refusal here.
    fn from(response: cedar_policy::Response) -> Self {
        let failure = response.diagnostics().errors().map(ToString::to_string).min();
        Self {
            allowed: response.decision() == Decision::Allow && failure.is_none(),
            policies: response.diagnostics().reason().map(id_of).collect(),
            failure,
        }
    }
}

impl Case<'_> {
    /// The case, as Cedar is told of it.
    pub(crate) fn context(&self) -> Context {
        let purpose = self.purpose.map(|purpose| ("purpose", text(purpose.as_str())));
        let mask = ("mask", texts(self.mask.iter().map(|field| field.as_str())));
        let grant = self.grant.as_ref().map(|grant| ("grant", grant.record()));
        record([purpose, Some(mask), grant].into_iter().flatten())
    }
}

impl Granted<'_> {
    fn record(&self) -> RestrictedExpression {
        let approvals = self.approvals.iter().map(|role| APPROVAL.called(role.to_string()));
        let facts = [
            ("purpose", text(self.purpose.as_str())),
            ("approvals", RestrictedExpression::new_set(approvals.map(RestrictedExpression::new_entity_uid))),
            ("mask", texts(self.mask.iter().map(|field| field.as_str()))),
        ];
        let facts = facts.map(|(name, value)| (name.to_owned(), value));
        RestrictedExpression::new_record(facts).expect("each name is there once")
    }
}

fn record<'a>(facts: impl Iterator<Item = (&'a str, RestrictedExpression)>) -> Context {
    let facts = facts.map(|(name, value)| (name.to_owned(), value));
    Context::from_pairs(facts).expect("each name is there once, and no extension function is called")
}
