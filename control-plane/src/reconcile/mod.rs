//! From wanted to real. A turn takes one stream that is due, looks at it in Kinesis, plans the steps that are missing (a
//! pure function), applies them until Kinesis needs time, and records what it saw and when to look again.
//!
//! A turn takes no other input, so start, retry, restart and drift are one path. Every step may be cut off before or
//! after it took effect: the next look shows which.

mod document;
mod drift;
mod found;
mod ladder;
mod outcome;
mod plan;
mod queue;
mod role;
mod run;
mod step;
#[cfg(test)]
mod tests;
mod trouble;
mod turn;

pub(crate) use document::{allowed, normal};
pub(crate) use drift::drift;
pub(crate) use found::{Activity, Failure, Found};
pub(crate) use plan::{Life, Plan, Wanted, plan, sentences};
pub(crate) use role::{
    FoundRole, READ, RolePlan, RoleStep, Roles, SESSIONS, Trust, WantedRole, ending, plan as plan_role,
};
pub(crate) use run::Reconciler;
pub(crate) use step::Step;

use std::collections::BTreeSet;
use std::future::Future;

use fanner_model::StreamName;

/// Where streams are made real: Kinesis.
pub(crate) trait Cloud: Send + Sync + 'static {
    /// The stream of this name as it is now; `None`: there is none.
    fn observe(&self, name: &StreamName) -> impl Future<Output = Result<Option<Found>, Failure>> + Send;

    /// Takes one step. `found` is what the step was planned on; `None`: there was no stream.
    fn apply(
        &self,
        name: &StreamName,
        found: Option<&Found>,
        step: &Step,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The names of all streams that there are, which costs far less than looking at each.
    fn names(&self) -> impl Future<Output = Result<BTreeSet<StreamName>, Failure>> + Send;
}
