//! Policies: the documents that decide about access. A document that cannot be used is never stored.

use fanner_access::{Policies, PolicyError};
use fanner_audit::{Entry, Noun};
use fanner_model::{CallerId, Code, Page, Policy, PolicyName, PolicySpec, Problem};
use jiff::Timestamp;

use super::document::Kind;
use super::{Guard, Part};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::store::{Document, Parts};
pub(crate) use crate::world::shipped;
use crate::world::{SHIPPED, World};

const KIND: Kind = Kind { noun: "policy", read: Action::ReadPolicies, change: Action::ChangePolicies };

/// The most versions of a document that are shown.
const MOST_VERSIONS: u32 = 50;

/// The documents in force, the one that ships with fanner among them.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<Policy>, Error> {
    let mut page = KIND.list::<Policy>(app, actor, part).await?;
    let is_here = part.after.as_str() < SHIPPED && page.next.as_deref().is_none_or(|last| SHIPPED <= last);
    if is_here && app.store.document::<Policy>(&shipped()).await?.is_none() {
        let place = page.items.partition_point(|policy| policy.name.as_str() < SHIPPED);
        page.items.insert(place, as_shipped());
    }
    Ok(page)
}

/// One document.
pub(crate) async fn read(app: &App, actor: &Actor, name: &PolicyName) -> Result<Policy, Error> {
    allow(actor, KIND.read)?;
    match app.store.document::<Policy>(name).await? {
        None if name.as_str() == SHIPPED => Ok(as_shipped()),
        _ => KIND.read(app, actor, name).await,
    }
}

/// What a document was made, and by whom.
#[derive(Debug)]
pub(crate) struct Version {
    pub at: Timestamp,
    pub by: CallerId,
    /// `None`: it was taken out of force.
    pub policy: Option<Policy>,
}

/// The newest versions of a document, the last one first, as the audit log has them.
pub(crate) async fn versions(app: &App, actor: &Actor, name: &PolicyName) -> Result<Vec<Version>, Error> {
    allow(actor, KIND.read)?;
    let entries = app.store.audit_history(Noun::Policies, name.as_str(), MOST_VERSIONS).await?;
    let version = |Entry { at, actor, after, .. }: Entry| {
        let policy = after.and_then(|after| after.read().ok());
        Version { at, by: actor, policy }
    };
    Ok(entries.into_iter().map(version).collect())
}

/// Puts a document in force.
pub(crate) async fn put(
    app: &App,
    actor: &Actor,
    name: &PolicyName,
    spec: &PolicySpec,
    guard: &Guard,
) -> Result<Policy, Error> {
    let check = |world: &World, policy: &Policy| {
        world
            .with_documents([(&policy.name, Some(policy.spec.text.as_str()))])
            .map(drop)
            .map_err(|errors| refused(&errors))
    };
    let policy = KIND.put(app, actor, (name, spec), guard, check).await?;
    app.signals.rules.notify_one();
    Ok(policy)
}

/// Takes a document out of force; the one that ships with fanner is then in force as it shipped.
pub(crate) async fn delete(app: &App, actor: &Actor, name: &PolicyName, guard: &Guard) -> Result<(), Error> {
    let check = |world: &World| world.with_documents([(name, None)]).map(drop).map_err(|errors| refused(&errors));
    KIND.delete::<Policy>(app, actor, name, guard, check).await?;
    app.signals.rules.notify_one();
    Ok(())
}

fn as_shipped() -> Policy {
    Policy::from_parts(Parts {
        name: shipped(),
        version: 0,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        spec: PolicySpec { description: Some("ships with fanner".into()), text: Policies::DEFAULT.to_owned() },
    })
}

/// Everything that is wrong with a document, each at its place.
fn refused(errors: &[PolicyError]) -> Error {
    let words = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Problem::new(Code::InvalidField, words).at("text").into()
}
