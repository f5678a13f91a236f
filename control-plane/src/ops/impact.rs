//! What a change of the policies would do, without doing it.

use fanner_access::PolicyError;
use fanner_model::{Code, PolicyChange, PolicyImpact, PolicyName, Problem};

use super::{apart, moment};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::world::World;

/// Who would gain and lose what.
pub(crate) async fn of(app: &App, actor: &Actor, change: &PolicyChange) -> Result<PolicyImpact, Error> {
    allow(actor, Action::PlanPolicies)?;
    let moment = moment::now(app).await?;
    check(change, &moment.world)?;
    let put = change.put.iter().map(|(name, text)| (name, Some(text.as_str())));
    let remove = change.remove.iter().map(|name| (name, None));
    let policies = moment.world.with_documents(put.chain(remove)).map_err(|errors| wrong(&errors))?;
    Ok(apart(move || moment.impact(&policies)).await)
}

/// What is wrong with the change itself.
fn check(change: &PolicyChange, world: &World) -> Result<(), Problem> {
    let at_remove = |detail: String| Problem::new(Code::InvalidField, detail).at("remove");
    match change.remove.iter().find_map(|name| objection(name, change, world)) {
        Some(detail) => Err(at_remove(detail)),
        None => Ok(()),
    }
}

fn objection(name: &PolicyName, change: &PolicyChange, world: &World) -> Option<String> {
    match (change.put.contains_key(name), world.has_document(name)) {
        (true, _) => Some(format!("policy `{name}` cannot be both put and removed; choose one")),
        (false, false) => Some(format!("there is no policy `{name}` that could be removed")),
        (false, true) => None,
    }
}

/// Everything that is wrong with the documents, at the first that is not as it should be.
fn wrong(errors: &[PolicyError]) -> Problem {
    let words = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let problem = Problem::new(Code::InvalidField, words);
    match errors.first() {
        Some(first) => problem.at(format!("put.{}", first.document)),
        None => problem,
    }
}
