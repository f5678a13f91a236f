//! Asks for a stream and waits until it is so. How each end is told follows from what Terraform does with errors: it
//! destroys what a failed create leaves, and keeps what a failed update leaves.

use std::time::Duration;

use fanner_client::{Error, IdempotencyKey, Precondition};
use fanner_model::{Code, Stream, StreamName};

use super::StreamModel;
use super::state::{applied, name, spec, unclear};
use super::wait::{Settled, Unfinished, settled};
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::provider::{Applied, Context};
use crate::plugin::timeouts::{self, Deadline};
use crate::problem;
use crate::resource::creation::{self, Failure, answered, remembered, unanswered};
use crate::session::Session;

/// How long to wait where `timeouts` says nothing. Kinesis doubles or halves a stream at most per step, so a large
/// change takes its time.
const CREATE: Duration = Duration::from_secs(10 * 60);
const UPDATE: Duration = Duration::from_secs(60 * 60);
const DELETE: Duration = Duration::from_secs(10 * 60);

/// Asks for a new stream.
pub(super) async fn create(context: &Context<Session>, planned: StreamModel) -> Applied<StreamModel> {
    let (name, spec) = match name(&planned).and_then(|name| Ok((name, spec(&context.session, &planned)?))) {
        Ok(request) => request,
        Err(wrong) => return Applied::failed(wrong),
    };
    let limit = timeouts::or(planned.timeouts.known().map(|timeouts| &timeouts.create), CREATE);
    let (deadline, key) = (Deadline::after(limit), IdempotencyKey::random());
    let attempt = || context.session.client.put_stream(&name, &spec, creation::guard(key));
    match answered(context, deadline, attempt).await {
        Ok(asked) => created(context, &asked, deadline, planned).await,
        Err(Failure::Refused(error)) => Applied::failed(creation_refused(&name, &error)),
        Err(Failure::Unanswered(why)) => {
            let words = creation::unclear(&format_args!("stream `{name}`"), &why);
            let warning = Diagnostic::warning("The stream is not ready yet", words);
            remembered(Applied::done_with(unclear(planned), warning), key)
        }
    }
}

/// Asks for a change, or again for what is not finished.
pub(super) async fn update(
    context: &Context<Session>,
    prior: StreamModel,
    planned: StreamModel,
) -> Applied<StreamModel> {
    let (name, spec) = match name(&planned).and_then(|name| Ok((name, spec(&context.session, &planned)?))) {
        Ok(request) => request,
        Err(wrong) => return Applied::failed(wrong),
    };
    if let Some(key) = unanswered(context, &prior.id)
        && let Err(error) = context.session.client.put_stream(&name, &spec, creation::guard(key)).await
    {
        return Applied::failed(creation_refused(&name, &error));
    }
    let asked = match context.session.client.put_stream(&name, &spec, Precondition::None).await {
        Ok(stream) => stream,
        Err(error) => return Applied::failed(problem::diagnostic(&error, StreamModel::ATTRIBUTES)),
    };
    let limit = timeouts::or(planned.timeouts.known().map(|timeouts| &timeouts.update), UPDATE);
    match settled(context, &name, Deadline::after(limit)).await {
        Settled::Ready(stream) => Applied::done(applied(&stream, planned)),
        Settled::Failed(stream) => {
            let error = Diagnostic::error("The stream could not be changed", reason(&stream));
            Applied::done_with(applied(&stream, planned), error)
        }
        Settled::Gone => Applied::failed(gone(&name)),
        Settled::Unfinished(why) => {
            let error = Diagnostic::error("The stream is not as asked for yet", resumable(&name, &why));
            Applied::done_with(applied(&asked, planned), error)
        }
    }
}

/// Asks for the end, or waits for the end that was asked for.
pub(super) async fn delete(context: &Context<Session>, prior: StreamModel) -> Result<(), Vec<Diagnostic>> {
    let name = name(&prior)?;
    if !is_ours(context, &name, &prior).await? {
        return Ok(());
    }
    match context.session.client.delete_stream(&name).await {
        Ok(()) => (),
        // An earlier apply asked already, and was interrupted.
        Err(error) if error.problem().is_some_and(|problem| problem.code == Code::Deleting) => (),
        Err(error) => return Err(problem::diagnostic(&error, StreamModel::ATTRIBUTES).into()),
    }
    let limit = timeouts::or(prior.timeouts.known().map(|timeouts| &timeouts.delete), DELETE);
    match settled(context, &name, Deadline::after(limit)).await {
        Settled::Gone => Ok(()),
        Settled::Failed(stream) | Settled::Ready(stream) => {
            Err(Diagnostic::error("The stream could not be deleted", reason(&stream)).into())
        }
        Settled::Unfinished(why) => {
            Err(Diagnostic::error("The stream is still being deleted", resumable(&name, &why)).into())
        }
    }
}

/// Whether the stream of that name is the one in the state. The state of a creation that was never answered has none.
pub(super) async fn is_ours(
    context: &Context<Session>,
    name: &StreamName,
    state: &StreamModel,
) -> Result<bool, Diagnostic> {
    let Some(key) = unanswered(context, &state.id) else { return Ok(true) };
    let made = context.session.client.made_stream(name, key).await;
    made.map(|made| made.is_some()).map_err(|error| problem::diagnostic(&error, StreamModel::ATTRIBUTES))
}

/// How a creation ends that the control plane has accepted.
///
/// Terraform destroys a new object whose creation failed. So there is an error only when there is nothing to destroy;
/// a stream that exists is kept, with a warning and a status that make the next apply go on.
async fn created(
    context: &Context<Session>,
    asked: &Stream,
    deadline: Deadline,
    planned: StreamModel,
) -> Applied<StreamModel> {
    let name = &asked.name;
    match settled(context, name, deadline).await {
        Settled::Ready(stream) => Applied::done(applied(&stream, planned)),
        Settled::Failed(stream) if stream.status.seen.is_none() => withdrawn(context, &stream, planned).await,
        Settled::Failed(stream) => {
            let warning = Diagnostic::warning("The stream is not ready", reason(&stream));
            Applied::done_with(applied(&stream, planned), warning)
        }
        Settled::Gone => Applied::failed(gone(name)),
        Settled::Unfinished(why) => {
            let warning = Diagnostic::warning("The stream is not ready yet", resumable(name, &why));
            Applied::done_with(applied(asked, planned), warning)
        }
    }
}

/// Takes back the request for a stream that Kinesis never made, so that nothing is left behind.
async fn withdrawn(context: &Context<Session>, failed: &Stream, planned: StreamModel) -> Applied<StreamModel> {
    match context.session.client.delete_stream(&failed.name).await {
        Ok(()) => Applied::failed(Diagnostic::error("The stream could not be created", reason(failed))),
        Err(error) => {
            let words = format!("{} It could not be taken back either: {error}.", reason(failed));
            Applied::done_with(applied(failed, planned), Diagnostic::warning("The stream could not be created", words))
        }
    }
}

fn creation_refused(name: &StreamName, error: &Error) -> Diagnostic {
    let diagnostic = problem::diagnostic(error, StreamModel::ATTRIBUTES);
    match error.problem() {
        Some(problem) if problem.code == Code::AlreadyExists => {
            let hint = format!("If it is to be managed here, import it by its name, `{name}`.");
            Diagnostic { detail: format!("{} {hint}", diagnostic.detail), ..diagnostic }.at("name")
        }
        _ => diagnostic,
    }
}

fn gone(name: &StreamName) -> Diagnostic {
    Diagnostic::error("The stream is gone", format!("Somebody deleted stream `{name}` while it was being applied."))
}

/// Why a stream is not ready, and that nothing is lost.
fn resumable(name: &StreamName, why: &Unfinished) -> String {
    format!("Stream `{name}` is still on its way: {why}. The next apply goes on from here.")
}

fn reason(stream: &Stream) -> String {
    match &stream.status.reason {
        Some(reason) => reason.clone(),
        None => format!("The control plane gives no reason; its log has the name `{}`.", stream.name),
    }
}
