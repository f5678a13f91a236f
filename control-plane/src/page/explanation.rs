//! `/explanation`: why a stream had an event at some moment, or did not.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{Code, EventName, Explanation, NameError, Problem, StreamName};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::badge::Stated as _;
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Asked, Refusal};
use crate::ops;

/// What the form of the page asks; a field that was left blank is an empty text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    stream: String,
    event: String,
    at: String,
}

#[derive(Template)]
#[template(path = "explanation.html")]
struct ExplanationPage {
    visit: Visit,
    wanted: Wanted,
    explanation: Option<Explanation>,
}

/// Asks for a stream, an event and a moment.
pub(super) async fn ask(Extension(visit): Extension<Visit>) -> Shown<impl Template> {
    Shown(ExplanationPage { visit, wanted: Wanted::default(), explanation: None })
}

/// Explains what was decided, if anything is asked.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Shown<impl Template>, Refusal> {
    let explanation = match question(&wanted)? {
        Some((stream, event, at)) => Some(ops::explanation::explain(&app, &visit.actor, &stream, &event, at).await?),
        None => None,
    };
    Ok(Shown(ExplanationPage { visit, wanted, explanation }))
}

/// What is asked, if anything is.
fn question(wanted: &Wanted) -> Result<Option<(StreamName, EventName, Option<Timestamp>)>, Problem> {
    let Wanted { stream, event, at } = wanted;
    if stream.is_empty() && event.is_empty() {
        return Ok(None);
    }
    let wrong = |field: &str, cause: String| Problem::new(Code::InvalidField, cause).at(field);
    let stream = stream.trim().parse().map_err(|cause: NameError| wrong("stream", cause.to_string()))?;
    let event = event.trim().parse().map_err(|cause: NameError| wrong("event", cause.to_string()))?;
    let at = match at.as_str() {
        "" => None,
        text => Some(
            moment(text)
                .ok_or_else(|| wrong("at", format!("`{text}` is no moment; write it like `2026-05-04T03:02`")))?,
        ),
    };
    Ok(Some((stream, event, at)))
}

/// A date and a time of the day, as browsers write them; in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let at = text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_browsers_write_it() {
        let asked = |stream: &str, at: &str| {
            question(&Wanted { stream: stream.into(), event: "card_swiped".into(), at: at.into() })
        };
        let at = asked("s", "2026-05-04T03:02").unwrap().unwrap().2;
        assert_eq!(at.unwrap().to_string(), "2026-05-04T03:02:00Z");
        assert!(asked("s", "").unwrap().unwrap().2.is_none());
        assert_eq!(asked("s", "noon").unwrap_err().detail, "`noon` is no moment; write it like `2026-05-04T03:02`");
        assert_eq!(asked("a b", "").unwrap_err().field.as_deref(), Some("stream"));
        assert_eq!(question(&Wanted::default()), Ok(None));
    }
}
