//! Why a stream had an event at some moment, or did not: the decision of that moment, given again.

use fanner_model::{Code, EventName, Explanation, Problem, StreamName};
use jiff::Timestamp;

use super::moment::{past, present};
use super::undeclared;
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::world::{Asking, is_asking};

/// Explains the decisions about a stream and an event at `at`, or now; for those whose stream or event it was, and for those who
/// review.
pub(crate) async fn explain(
    app: &App,
    actor: &Actor,
    stream: &StreamName,
    event: &EventName,
    at: Option<Timestamp>,
) -> Result<Explanation, Error> {
    allow(actor, Action::ExplainDecisions)?;
    let moment = match at {
        Some(at) => past(app, at).await?,
        None => present(app, Some(event)).await?,
    };
    let at = moment.at;
    let there = moment.interests.streams.iter().find(|record| record.stream.name == *stream && is_asking(record));
    let record =
        there.ok_or_else(|| Error::refused(Code::NotFound, format!("there was no stream `{stream}` at {at}")))?;
    let declared = moment.world.event_type(event).ok_or_else(|| undeclared(&moment.world, event))?;
    if let Some(team) = actor.limit().filter(|team| **team != record.stream.team && **team != declared.team) {
        return Err(foreign(stream, event, team.as_str()).into());
    }
    let answers = moment.answers(stream, event);
    let asked = !answers.is_empty();
    let answers = if asked { answers } else { moment.told([(Asking::own(&record.stream, &record.asked_by), event)]) };
    Ok(Explanation { at, stream: stream.clone(), event: event.clone(), asked, answers })
}

fn foreign(stream: &StreamName, event: &EventName, team: &str) -> Problem {
    let detail = format!(
        "neither stream `{stream}` nor event `{event}` belonged to team `{team}`; ask their owners, or security"
    );
    Problem::new(Code::Forbidden, detail)
}
