//! A set of policies that was read and checked, ready to be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::PolicySet;
use fanner_model::PolicyName;

use crate::document::{self, PolicyError};
use crate::named::Named;
use crate::template::{QUARANTINE, STANDING, linked};
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
    /// The policies themselves, then with the templates linked for the pair that is asked about: with a standing permission, with
    /// a quarantine, with both. A set has no further links, since which pairs a link is about is known before Cedar is asked.
    sets: [PolicySet; 4],
    words: BTreeMap<String, Words>,
    named: Named,
}

impl Policies {
    /// The document that ships with fanner.
    pub const DEFAULT: &str = include_str!("../policies/default.cedar");

    /// Reads documents that decide together, without any links. Each policy needs an `@id` that no other has.
    ///
    /// # Errors
    /// Everything that is wrong in them, with its place: what Cedar cannot read, what the schema does not have, policies that can
    /// never apply, missing and repeated ids, and a missing template.
    pub fn parse(documents: &BTreeMap<PolicyName, String>) -> Result<Self, Vec<PolicyError>> {
        let document::Read { set, words } = document::read(documents)?;
        let (standing, quarantine) = (linked(&set, STANDING), linked(&set, QUARANTINE));
        let both = linked(&standing, QUARANTINE);
        let named = Named::by(&both);
        let checked = Checked { sets: [set, standing, quarantine, both], words, named };
        Ok(Self { checked: Arc::new(checked), links: Arc::default() })
    }

    /// The same policies with these links, and no others.
    #[must_use]
    pub fn linked(&self, links: Links) -> Self {
        Self { checked: self.checked.clone(), links: Arc::new(links) }
    }

    /// Somebody to decide many questions about one world.
    pub fn judge(&self) -> Judge<'_> {
        Judge::new(self)
    }

    /// Decides one question. For many, ask a [`Judge`].
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        self.judge().decide(question)
    }

    /// What to ask about a pair that standing permissions or quarantines are about, or not.
    pub(crate) fn set(&self, standing: bool, quarantined: bool) -> &PolicySet {
        &self.checked.sets[usize::from(standing) + 2 * usize::from(quarantined)]
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
