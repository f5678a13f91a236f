//! Asking for something new until there is an answer.
//!
//! Every attempt carries one key, so the control plane tells what an earlier attempt made from somebody else's object of
//! the same name. If there never is an answer, the key goes to Terraform's private state, beside a state without an
//! `id`. Until it is known what became of the request, the object of that name may be somebody else's: it is neither
//! read into the state nor changed nor deleted, and what the next apply repeats is that same request.

use std::fmt::Display;
use std::time::Duration;

use fanner_client::{Error, Guard, IdempotencyKey, Precondition};
use tokio::time::{sleep, timeout_at};

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::Field;
use crate::plugin::provider::{Applied, Context};
use crate::plugin::timeouts::Deadline;
use crate::problem;
use crate::session::Session;

/// How long to repeat a request for which users set no limit: as long as a control plane may need to be replaced.
pub(super) const PATIENCE: Duration = Duration::from_secs(2 * 60);

/// The headline of a creation that was never answered.
pub(super) const NO_ANSWER: &str = "The control plane did not answer";

/// How a creation ends that made nothing, as far as is known.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no such object of ours.
    Refused(Error),
    /// There may be one.
    Unanswered(Silence),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    #[error("the apply was interrupted before the control plane answered")]
    Stopped,
    #[error("the control plane did not answer within {limit:?}{}", .last.as_ref().map(|error| format!(": {error}")).unwrap_or_default())]
    TimedOut { limit: Duration, last: Option<Error> },
}

/// What every attempt of a creation carries.
pub(super) fn guard(key: IdempotencyKey) -> Guard {
    Guard { precondition: Precondition::Absent, key }
}

/// Makes attempts until one is answered, the deadline is over, or the user interrupts.
pub(super) async fn answered<T, F>(
    context: &Context<Session>,
    deadline: Deadline,
    attempt: impl Fn() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Error>>,
{
    const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);
    let mut last = None;
    let attempts = async {
        loop {
            match attempt().await {
                Err(error) if problem::is_open(&error) => last = Some(error),
                answer => return answer,
            }
            sleep(BETWEEN_ATTEMPTS).await;
        }
    };
    match context.stop.run_until_cancelled(timeout_at(deadline.end, attempts)).await {
        Some(Ok(answer)) => answer.map_err(Failure::Refused),
        Some(Err(_)) => Err(Failure::Unanswered(Silence::TimedOut { limit: deadline.limit, last })),
        None => Err(Failure::Unanswered(Silence::Stopped)),
    }
}

/// How the creation of something fails whose id was chosen here: its id is nobody else's, so if there was no answer, the next
/// apply finds out by it and starts over.
pub(super) fn perhaps<M>(failure: &Failure, what: &str, attributes: &[&str], unclear: M) -> Applied<M> {
    match failure {
        Failure::Refused(error) => Applied::failed(problem::diagnostic(error, attributes)),
        Failure::Unanswered(why) => {
            Applied::done_with(unclear, Diagnostic::error(NO_ANSWER, self::unclear(&what, why)))
        }
    }
}

/// What is told when there was no answer.
pub(super) fn unclear(what: &impl Display, why: &Silence) -> String {
    format!("It is not known whether {what} was made: {why}. The next apply finds out.")
}

/// The same end of an apply, with the key by which a later one goes on.
pub(super) fn remembered<M>(applied: Applied<M>, key: IdempotencyKey) -> Applied<M> {
    Applied { private: Some(key.to_string().into_bytes()), ..applied }
}

/// The key of the creation that was never answered, if that is all that is known of the object.
pub(super) fn unanswered(context: &Context<Session>, id: &Field<String>) -> Option<IdempotencyKey> {
    let key = std::str::from_utf8(&context.private).ok()?.parse().ok()?;
    (*id == Field::Null).then_some(key)
}
