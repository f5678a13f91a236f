//! A set of policies that was read and checked, ready to be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::{ActionConstraint, EntityUid, Policy, PolicySet};
use fanner_model::{Approval, Permission, PolicyName};

use crate::document::{self, PolicyError};
use crate::named::Named;
use crate::schema::{approving, receiving};
use crate::template::{QUARANTINE, STANDING, alone, linked};
use crate::words::Words;
use crate::{Decision, Judge, Links, Question};

/// Policies, and the links of their templates. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Policies {
    checked: Arc<Checked>,
    pub(crate) links: Arc<Links>,
}

/// Policies that nothing is wrong with.
#[derive(Debug)]
struct Checked {
    /// The policies about receiving, then with the templates linked for the pair that is asked about: with a standing permission,
    /// with a quarantine, with both. A set has no further links, since which pairs a link is about is known before Cedar is asked.
    receive: [PolicySet; 4],
    /// The template of standing permissions by itself, linked.
    standing: PolicySet,
    /// The policies about approving.
    approve: PolicySet,
    words: BTreeMap<String, Words>,
    named: Named,
}

/// How much stack the deepest policy takes with room to spare. Cedar reads by recursion, and the threads of a server have 2 MiB.
const STACK_BYTES: usize = 16 * 1024 * 1024;

impl Policies {
    /// The document that ships with fanner.
    pub const DEFAULT: &str = include_str!("../policies/default.cedar");

    /// Reads documents that decide together, without any links. Each policy needs an `@id` that no other has.
    ///
    /// # Errors
    /// Everything that is wrong in them, with its place: what Cedar cannot read, what the schema does not have, policies that can
    /// never apply, missing and repeated ids, and a missing template.
    pub fn parse(documents: &BTreeMap<PolicyName, String>) -> Result<Self, Vec<PolicyError>> {
        stacker::maybe_grow(STACK_BYTES, STACK_BYTES, || Self::read(documents))
    }

    fn read(documents: &BTreeMap<PolicyName, String>) -> Result<Self, Vec<PolicyError>> {
        let document::Read { set, words } = document::read(documents)?;
        let named = Named::by(&linked(&linked(&set, STANDING), QUARANTINE));
        let approve = about(&set, &[approving(Approval::Owner), approving(Approval::Security)]);
        let receive = about(&set, &[receiving()]);
        let (standing, quarantine) = (linked(&receive, STANDING), linked(&receive, QUARANTINE));
        let (both, alone) = (linked(&standing, QUARANTINE), alone(&receive, STANDING));
        let receive = [receive, standing, quarantine, both];
        let checked = Checked { receive, standing: alone, approve, words, named };
        Ok(Self { checked: Arc::new(checked), links: Arc::default() })
    }

    /// The same policies with these links, and no others.
    #[must_use]
    pub fn linked(&self, links: Links) -> Self {
        Self { checked: self.checked.clone(), links: Arc::new(links) }
    }

    /// The same policies with the links of others, and no others.
    #[must_use]
    pub fn linked_like(&self, others: &Self) -> Self {
        Self { checked: self.checked.clone(), links: others.links.clone() }
    }

    /// The standing permissions that are about a question, and permit something at its moment.
    pub fn standing(&self, question: &Question<'_>) -> impl Iterator<Item = &Permission> {
        self.links.standing_at(question, question.now)
    }

    /// Somebody to decide many questions about one world.
    pub fn judge(&self) -> Judge<'_> {
        Judge::new(self)
    }

    /// Decides one question. For many, ask a [`Judge`].
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        self.judge().decide(question)
    }

    /// What to ask about receiving, for a pair that standing permissions or quarantines are about, or not.
    pub(crate) fn receive(&self, standing: bool, quarantined: bool) -> &PolicySet {
        &self.checked.receive[usize::from(standing) + 2 * usize::from(quarantined)]
    }

    /// What to ask about standing permissions alone.
    pub(crate) fn standing_alone(&self) -> &PolicySet {
        &self.checked.standing
    }

    /// What to ask about approving.
    pub(crate) fn approve(&self) -> &PolicySet {
        &self.checked.approve
    }

    /// What a policy says about itself.
    pub(crate) fn words(&self, id: &str) -> Option<&Words> {
        self.checked.words.get(id)
    }

    /// What the policies write out.
    pub(crate) fn named(&self) -> &Named {
        &self.checked.named
    }
}

/// The policies that can be about one of these actions, and the templates. The others never match, and would cost time.
fn about(set: &PolicySet, actions: &[EntityUid]) -> PolicySet {
    let concerns = |policy: &&Policy| match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::In(these) => these.iter().any(|action| actions.contains(action)),
        ActionConstraint::Eq(action) => actions.contains(&action),
    };
    let mut about = PolicySet::new();
    for policy in set.policies().filter(concerns) {
        about.add(policy.clone()).expect("the ids are those of another set");
    }
    for template in set.templates() {
        about.add_template(template.clone()).expect("the ids are those of another set");
    }
    about
}
