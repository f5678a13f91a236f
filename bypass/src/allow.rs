//! IAM's evaluation: whether somebody may do something, and by which statements.

use std::collections::BTreeSet;

use fanner_model::Allowance;

use crate::account::Identity;
use crate::condition::Context;
use crate::document::{Document, Effect, Statement};
use crate::pattern::Target;
use crate::truth::Truth;
use crate::who::Who;

/// Something that somebody may want to do.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) action: &'a str,
    pub(crate) target: Target,
    pub(crate) guard: Guard<'a>,
    /// What is known about it, whoever asks.
    pub(crate) context: Context,
}

/// The policy that the thing itself has.
#[derive(Clone, Debug)]
pub(crate) enum Guard<'a> {
    Nothing,
    /// It lets in whom it names; others may have policies of their own that do.
    Beside {
        policy: String,
        document: &'a Document,
    },
    /// Nobody gets by: policies of others count only as far as it leaves that to their account.
    Before {
        policy: String,
        document: &'a Document,
    },
}

/// The statements that allow somebody a request; none: it is denied.
pub(crate) fn allowances(who: Who<'_>, request: &Request<'_>) -> BTreeSet<Allowance> {
    let asked = Asked { who, request, context: who.context().into_iter().chain(request.context.clone()).collect() };
    if asked.is_denied() {
        return BTreeSet::new();
    }
    let own = || asked.own().unwrap_or_default();
    match &request.guard {
        Guard::Nothing => own(),
        Guard::Beside { policy, document } => own().into_iter().chain(asked.let_in(policy, document)).collect(),
        Guard::Before { policy, document } => {
            let own = if asked.is_left_to_the_account(document) { own() } else { BTreeSet::new() };
            own.into_iter().chain(asked.let_in(policy, document)).collect()
        }
    }
}

/// Whether policies of its own could allow an identity a request, whatever they say now.
pub(crate) fn could_be_allowed(identity: &Identity, request: &Request<'_>) -> bool {
    let who = Who::Identity(identity);
    let asked = Asked { who, request, context: who.context().into_iter().chain(request.context.clone()).collect() };
    let guard_lets = match &request.guard {
        Guard::Nothing => true,
        Guard::Beside { document, .. } => !asked.guard_denies(document),
        Guard::Before { document, .. } => asked.is_left_to_the_account(document) && !asked.guard_denies(document),
    };
    guard_lets && asked.is_within_boundary(identity) && !asked.boundary_denies(identity)
}

/// A request of somebody, with all that is known about it.
struct Asked<'a> {
    who: Who<'a>,
    request: &'a Request<'a>,
    context: Context,
}

impl Asked<'_> {
    /// A denial counts only if it is certain.
    fn is_denied(&self) -> bool {
        let by_itself = match self.who {
            Who::Identity(identity) => {
                self.boundary_denies(identity) || identity.policies.iter().any(|policy| self.denies(&policy.document))
            }
            Who::Outsider(_) => false,
        };
        by_itself
            || match &self.request.guard {
                Guard::Nothing => false,
                Guard::Beside { document, .. } | Guard::Before { document, .. } => self.guard_denies(document),
            }
    }

    fn denies(&self, document: &Document) -> bool {
        document.with(Effect::Deny).any(|(_, statement)| self.is_met_by(statement) == Truth::Yes)
    }

    fn boundary_denies(&self, identity: &Identity) -> bool {
        identity.boundary.as_ref().is_some_and(|boundary| self.denies(boundary))
    }

    fn guard_denies(&self, document: &Document) -> bool {
        document.with(Effect::Deny).any(|(_, statement)| {
            let meant = statement.principals.as_ref().map_or(Truth::Yes, |principals| self.who.are_meant(principals));
            meant.and(self.is_met_by(statement)) == Truth::Yes
        })
    }

    /// What its own policies allow; `None` if its boundary does not.
    fn own(&self) -> Option<BTreeSet<Allowance>> {
        let Who::Identity(identity) = self.who else { return None };
        let own = identity
            .policies
            .iter()
            .flat_map(|policy| self.allowing(&policy.name, &policy.document, |statement| self.is_met_by(statement)));
        self.is_within_boundary(identity).then(|| own.collect())
    }

    fn is_within_boundary(&self, identity: &Identity) -> bool {
        identity.boundary.as_ref().is_none_or(|boundary| {
            boundary.with(Effect::Allow).any(|(_, statement)| self.is_met_by(statement) != Truth::No)
        })
    }

    /// What the thing's own policy allows whom it names. A boundary does not limit that for users and sessions of roles, so it
    /// is not taken to.
    fn let_in(&self, policy: &str, document: &Document) -> Vec<Allowance> {
        self.allowing(policy, document, |statement| {
            let principals = statement.principals.as_ref();
            principals.map_or(Truth::No, |these| self.who.are_let_in(these)).and(self.is_met_by(statement))
        })
    }

    fn is_left_to_the_account(&self, document: &Document) -> bool {
        document.with(Effect::Allow).any(|(_, statement)| {
            let principals = statement.principals.as_ref();
            let left = principals.map_or(Truth::No, |these| self.who.are_left_to_their_account(these));
            left.and(self.is_met_by(statement)) != Truth::No
        })
    }

    fn allowing(&self, policy: &str, document: &Document, truth: impl Fn(&Statement) -> Truth) -> Vec<Allowance> {
        let allowance = |(number, statement): (usize, &Statement)| {
            let only_if = match truth(statement) {
                Truth::No => return None,
                Truth::Maybe(only_if) => only_if,
                Truth::Yes => BTreeSet::new(),
            };
            let statement = statement.sid.clone().filter(|sid| !sid.is_empty()).unwrap_or_else(|| number.to_string());
            Some(Allowance { policy: policy.to_owned(), statement, only_if })
        };
        document.with(Effect::Allow).filter_map(allowance).collect()
    }

    fn is_met_by(&self, statement: &Statement) -> Truth {
        match statement.is_about(self.request.action, &self.request.target) {
            Truth::No => Truth::No,
            about => about.and(statement.conditions.hold(&self.context)),
        }
    }
}

impl Document {
    /// The statements with that effect, and their numbers counted from 1.
    fn with(&self, effect: Effect) -> impl Iterator<Item = (usize, &Statement)> {
        let numbered = self.statements.iter().zip(1..).map(|(statement, number)| (number, statement));
        numbered.filter(move |(_, statement)| statement.effect == effect)
    }
}
