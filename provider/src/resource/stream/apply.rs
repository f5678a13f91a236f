//! Asks for a stream and waits until it is so. How each end is told follows from what Terraform does with errors: it
//! destroys what a failed create leaves, and keeps what a failed update leaves.

use std::time::Duration;

use fanner_client::{Error, Precondition};
use fanner_model::{Code, Stream, StreamName};

use super::StreamModel;
use super::state::{applied, name, spec, unclear};
use super::wait::{Settled, Unfinished, settled};
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::provider::{Applied, Context};
use crate::plugin::timeouts;
use crate::problem;
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
    match context.session.client.put_stream(&name, &spec, Precondition::Absent).await {
        Err(error) if !problem::is_open(&error) => Applied::failed(creation_refused(&name, &error)),
        asked => created(context, &name, asked, planned).await,
    }
}

/// Asks for a change, or again for what is not finished.
pub(super) async fn update(context: &Context<Session>, planned: StreamModel) -> Applied<StreamModel> {
    let (name, spec) = match name(&planned).and_then(|name| Ok((name, spec(&context.session, &planned)?))) {
        Ok(request) => request,
        Err(wrong) => return Applied::failed(wrong),
    };
    let asked = match context.session.client.put_stream(&name, &spec, Precondition::None).await {
        Ok(stream) => stream,
        Err(error) => return Applied::failed(problem::diagnostic(&error, StreamModel::ATTRIBUTES)),
    };
    let limit = timeouts::or(planned.timeouts.known().map(|timeouts| &timeouts.update), UPDATE);
    match settled(context, &name, limit).await {
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
    match context.session.client.delete_stream(&name).await {
        Ok(()) => (),
        // An earlier apply asked already, and was interrupted.
        Err(error) if error.problem().is_some_and(|problem| problem.code == Code::Deleting) => (),
        Err(error) => return Err(problem::diagnostic(&error, StreamModel::ATTRIBUTES).into()),
    }
    let limit = timeouts::or(prior.timeouts.known().map(|timeouts| &timeouts.delete), DELETE);
    match settled(context, &name, limit).await {
        Settled::Gone => Ok(()),
        Settled::Failed(stream) | Settled::Ready(stream) => {
            Err(Diagnostic::error("The stream could not be deleted", reason(&stream)).into())
        }
        Settled::Unfinished(why) => {
            Err(Diagnostic::error("The stream is still being deleted", resumable(&name, &why)).into())
        }
    }
}

/// How a creation ends that the control plane has accepted, or may have.
///
/// Terraform destroys a new object whose creation failed. So there is an error only when there is nothing to destroy;
/// a stream that exists is kept, with a warning and a status that make the next apply go on.
async fn created(
    context: &Context<Session>,
    name: &StreamName,
    asked: Result<Stream, Error>,
    planned: StreamModel,
) -> Applied<StreamModel> {
    let limit = timeouts::or(planned.timeouts.known().map(|timeouts| &timeouts.create), CREATE);
    match (settled(context, name, limit).await, asked) {
        (Settled::Ready(stream), _) => Applied::done(applied(&stream, planned)),
        (Settled::Failed(stream), Ok(_)) if stream.status.seen.is_none() => withdrawn(context, &stream, planned).await,
        // Without an answer it may be somebody else's request, which is not ours to take back.
        (Settled::Failed(stream), Err(_)) if stream.status.seen.is_none() => {
            Applied::failed(Diagnostic::error("The stream could not be created", reason(&stream)))
        }
        (Settled::Failed(stream), _) => {
            let warning = Diagnostic::warning("The stream is not ready", reason(&stream));
            Applied::done_with(applied(&stream, planned), warning)
        }
        (Settled::Gone, Ok(_)) => Applied::failed(gone(name)),
        (Settled::Gone, Err(error)) => Applied::failed(problem::diagnostic(&error, StreamModel::ATTRIBUTES)),
        (Settled::Unfinished(why), asked) => {
            let state = match &asked {
                Ok(stream) => applied(stream, planned),
                Err(_) => unclear(planned),
            };
            Applied::done_with(state, Diagnostic::warning("The stream is not ready yet", resumable(name, &why)))
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
