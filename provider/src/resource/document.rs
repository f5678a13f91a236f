//! The life of what is declared under a name and replaced as a whole: event types, teams, policies. Their files say what each
//! is made of.

use std::fmt::Display;
use std::str::FromStr;

use fanner_client::{Client, Error, Guard, IdempotencyKey, Precondition};

use super::creation::{self, Failure, answered, remembered, unanswered};
use crate::plugin::diagnostics::{Diagnostic, Severity};
use crate::plugin::field::Field;
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context};
use crate::plugin::timeouts::Deadline;
use crate::problem;
use crate::session::{Listed, Session};

/// A noun of the control plane that is declared under a name.
pub(super) trait Document: Listed {
    type Model: Send + Sync;
    type Name: FromStr<Err: Display> + Display + Send + Sync;
    type Spec: Send + Sync;

    /// What it is called, such as "event type".
    const NOUN: &'static str;
    /// The attributes of its block.
    const ATTRIBUTES: &'static [&'static str];
    /// How it is told that nobody knows whether it was made. Terraform goes on after a warning; after an error it does not, and
    /// makes the object anew.
    const UNANSWERED: Severity;

    fn put(
        client: &Client,
        name: &Self::Name,
        spec: &Self::Spec,
        guard: Guard,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    fn made(
        client: &Client,
        name: &Self::Name,
        key: IdempotencyKey,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send;

    fn delete(client: &Client, name: &Self::Name) -> impl Future<Output = Result<(), Error>> + Send;

    fn id(state: &Self::Model) -> &Field<String>;
    fn name(model: &Self::Model) -> Result<Self::Name, Diagnostic>;

    /// What is asked for, as far as it is known.
    fn spec(session: &Session, model: &Self::Model) -> Result<Self::Spec, Diagnostic>;

    /// The state after an apply: what was planned, and what has become known.
    fn applied(&self, planned: Self::Model) -> Self::Model;

    /// The state of one that may have been declared, without an `id`; reading it tells.
    fn unclear(spec: &Self::Spec, planned: Self::Model) -> Self::Model;

    /// The state as the control plane has it.
    fn seen(&self, session: &Session, state: &Self::Model) -> Self::Model;

    /// The little that is known of one that is imported.
    fn imported(name: &Self::Name) -> Self::Model;
}

/// One whose creation was never answered is not, and gets an update, which asks again.
pub(super) fn is_settled<D: Document>(prior: &D::Model) -> bool {
    D::id(prior).known().is_some()
}

pub(super) async fn create<D: Document>(context: &Context<Session>, planned: D::Model) -> Applied<D::Model> {
    let (name, spec) = match request::<D>(context, &planned) {
        Ok(request) => request,
        Err(wrong) => return Applied::failed(wrong),
    };
    let key = IdempotencyKey::random();
    let attempt = || D::put(&context.session.client, &name, &spec, creation::guard(key));
    match answered(context, Deadline::after(creation::PATIENCE), attempt).await {
        Ok(made) => Applied::done(made.applied(planned)),
        Err(Failure::Refused(error)) => Applied::failed(wrong::<D>(&error)),
        Err(Failure::Unanswered(why)) => {
            let words = creation::unclear(&format_args!("{} `{name}`", D::NOUN), &why);
            let told = Diagnostic { severity: D::UNANSWERED, ..Diagnostic::error(creation::NO_ANSWER, words) };
            remembered(Applied::done_with(D::unclear(&spec, planned), told), key)
        }
    }
}

pub(super) async fn read<D: Document>(
    context: &Context<Session>,
    state: D::Model,
) -> Result<Option<D::Model>, Vec<Diagnostic>> {
    let name = D::name(&state)?;
    if !is_ours::<D>(context, &name, &state).await? {
        return Ok(None);
    }
    match context.session.find::<D>(&name.to_string()).await {
        Ok(found) => Ok(found.map(|found| found.seen(&context.session, &state))),
        Err(error) => Err(wrong::<D>(error).into()),
    }
}

pub(super) async fn update<D: Document>(
    context: &Context<Session>,
    prior: D::Model,
    planned: D::Model,
) -> Applied<D::Model> {
    let (name, spec) = match request::<D>(context, &planned) {
        Ok(request) => request,
        Err(wrong) => return Applied::failed(wrong),
    };
    let put = |guard| D::put(&context.session.client, &name, &spec, guard);
    if let Some(key) = unanswered(context, D::id(&prior))
        && let Err(error) = put(creation::guard(key)).await
    {
        return Applied::failed(wrong::<D>(&error));
    }
    match put(Precondition::None.into()).await {
        Ok(made) => Applied::done(made.applied(planned)),
        Err(error) => Applied::failed(wrong::<D>(&error)),
    }
}

pub(super) async fn delete<D: Document>(context: &Context<Session>, prior: D::Model) -> Result<(), Vec<Diagnostic>> {
    let name = D::name(&prior)?;
    if !is_ours::<D>(context, &name, &prior).await? {
        return Ok(());
    }
    D::delete(&context.session.client, &name).await.map_err(|error| wrong::<D>(&error).into())
}

pub(super) fn import<D: Document>(id: &str) -> Result<D::Model, Diagnostic> {
    let name = id.parse().map_err(|error| Diagnostic::error(format!("Import takes the name of a {}", D::NOUN), error));
    name.map(|name| D::imported(&name))
}

/// The name of the attribute `name`.
pub(super) fn named<N: serde::de::DeserializeOwned>(name: &Field<String>) -> Result<N, Diagnostic> {
    parse::required("name", name)
}

/// How often something has been declared.
pub(super) fn version(number: u64) -> Field<i64> {
    Field::Known(number.try_into().expect("nothing is declared 2^63 times"))
}

/// Whether the one of that name is the one in the state. The state of a creation that was never answered has none.
async fn is_ours<D: Document>(
    context: &Context<Session>,
    name: &D::Name,
    state: &D::Model,
) -> Result<bool, Diagnostic> {
    let Some(key) = unanswered(context, D::id(state)) else { return Ok(true) };
    let made = D::made(&context.session.client, name, key).await;
    made.map(|made| made.is_some()).map_err(|error| wrong::<D>(&error))
}

fn request<D: Document>(context: &Context<Session>, planned: &D::Model) -> Result<(D::Name, D::Spec), Diagnostic> {
    Ok((D::name(planned)?, D::spec(&context.session, planned)?))
}

fn wrong<D: Document>(error: &Error) -> Diagnostic {
    problem::diagnostic(error, D::ATTRIBUTES)
}
