//! Waiting until a stream is as asked for: by long polls, so that the control plane says when, and no longer than the
//! user allows. Whoever stops waiting may go on later, since nothing here changes anything.

use std::time::Duration;

use fanner_client::Error;
use fanner_model::{Phase, Stream, StreamName};

use crate::plugin::provider::Context;
use crate::plugin::timeouts::Deadline;
use crate::session::Session;

/// How the waiting ended.
#[derive(Debug)]
pub(super) enum Settled {
    Ready(Stream),
    /// It needs somebody to act.
    Failed(Stream),
    Gone,
    Unfinished(Unfinished),
}

/// Why nobody waits any longer, though the stream is still on its way.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    #[error("it took longer than the {limit:?} that `timeouts` allow{}", .reason.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default())]
    TimedOut { limit: Duration, reason: Option<String> },
    #[error("the apply was interrupted")]
    Stopped,
    #[error(transparent)]
    Lost(Error),
}

/// Waits until the stream is as asked for, has failed or is gone.
pub(super) async fn settled(context: &Context<Session>, name: &StreamName, deadline: Deadline) -> Settled {
    /// No proxy ends a request that early.
    const ONE_POLL: Duration = Duration::from_secs(20);
    /// For an answer that says "not yet" at once.
    const BETWEEN_POLLS: Duration = Duration::from_millis(200);
    loop {
        let left = deadline.left();
        let poll = context.session.client.settled_stream(name, left.min(ONE_POLL));
        let polled = match context.stop.run_until_cancelled(poll).await {
            Some(polled) => polled,
            None => return Settled::Unfinished(Unfinished::Stopped),
        };
        match polled {
            Ok(stream) if stream.is_ready() => return Settled::Ready(stream),
            Ok(stream) if stream.status.phase == Phase::Failed => return Settled::Failed(stream),
            Ok(stream) if stream.status.phase == Phase::Missing => return Settled::Gone,
            Ok(stream) if left.as_secs() == 0 => {
                let (limit, reason) = (deadline.limit, stream.status.reason);
                return Settled::Unfinished(Unfinished::TimedOut { limit, reason });
            }
            Ok(_) => tokio::time::sleep(BETWEEN_POLLS).await,
            Err(error) if error.is_not_found() => return Settled::Gone,
            Err(error) => return Settled::Unfinished(Unfinished::Lost(error)),
        }
    }
}
