//! A choice that is written as one of several attributes: which events something is about, and who receives them.

use fanner_model::{EventName, Events, Receivers, StreamName, TeamName};

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::Field;
use crate::plugin::parse;
use crate::plugin::schema::Attribute;
use crate::plugin::value::Value;

/// The attributes `event`, `owned_by` and `everything`.
pub(super) fn events() -> [Attribute; 3] {
    [
        Attribute::text("event", "The one event that it is about, by name.").replaces().parsed_as::<EventName>(),
        Attribute::text("owned_by", "The team that owns the events that it is about: all that it has, and will have.")
            .replaces()
            .parsed_as::<TeamName>(),
        only_true("everything", "`true`: it is about every event."),
    ]
}

/// An attribute that says something when it is `true`, and is left out otherwise.
pub(super) fn only_true(name: &'static str, description: &'static str) -> Attribute {
    Attribute::bool(name, description).replaces().checked(|value| match value {
        Value::Bool(false) => Err("`false` says nothing; leave it out".to_owned()),
        _ => Ok(()),
    })
}

/// Refuses a configuration that gives none of the attributes, or several.
pub(super) fn validate(given: &[(&'static str, Given)]) -> Option<Diagnostic> {
    let names: Vec<_> = given.iter().map(|(name, _)| format!("`{name}`")).collect();
    let named: Vec<_> = given.iter().filter(|(_, given)| *given == Given::Yes).map(|(name, _)| *name).collect();
    match named[..] {
        [] if given.iter().all(|(_, given)| *given == Given::No) => {
            Some(Diagnostic::error("Something is missing", format!("one of {} must be set", names.join(", "))))
        }
        [first, second, ..] => {
            let detail = format!("`{first}` and `{second}` are both set; set just one of {}", names.join(", "));
            Some(Diagnostic::error("One too many", detail).at(second))
        }
        [] | [_] => None,
    }
}

/// Whether a configuration gives an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Yes,
    No,
    /// That is known later.
    Perhaps,
}

impl<T> From<&Field<T>> for Given {
    fn from(field: &Field<T>) -> Self {
        match field {
            Field::Known(_) => Self::Yes,
            Field::Null => Self::No,
            Field::Unknown => Self::Perhaps,
        }
    }
}

/// Which of the attributes `event`, `owned_by` and `everything` a configuration gives.
pub(super) fn given_events(
    event: &Field<String>,
    owned_by: &Field<String>,
    everything: &Field<bool>,
) -> [(&'static str, Given); 3] {
    [("event", event.into()), ("owned_by", owned_by.into()), ("everything", everything.into())]
}

/// Which events are meant; `None` while that is not known.
pub(super) fn chosen_events(
    event: &Field<String>,
    owned_by: &Field<String>,
    everything: &Field<bool>,
) -> Result<Option<Events>, Diagnostic> {
    let event = parse::optional("event", event)?.map(Events::Event);
    let owned = parse::optional("owned_by", owned_by)?.map(Events::OwnedBy);
    Ok(event.or(owned).or_else(|| everything.known().map(|_| Events::Everything)))
}

/// The same as the three attributes.
pub(super) fn written_events(events: &Events) -> (Field<String>, Field<String>, Field<bool>) {
    match events {
        Events::Event(event) => (event.as_str().into(), Field::Null, Field::Null),
        Events::OwnedBy(team) => (Field::Null, team.as_str().into(), Field::Null),
        Events::Everything => (Field::Null, Field::Null, Field::Known(true)),
    }
}

/// Who is meant to receive nothing; `None` while that is not known.
pub(super) fn chosen_receivers(
    team: &Field<String>,
    stream: &Field<String>,
    everybody: &Field<bool>,
) -> Result<Option<Receivers>, Diagnostic> {
    let team = parse::optional::<TeamName>("team", team)?.map(Receivers::Team);
    let stream = parse::optional::<StreamName>("stream", stream)?.map(Receivers::Stream);
    Ok(team.or(stream).or_else(|| everybody.known().map(|_| Receivers::Everybody)))
}

/// The same as the three attributes.
pub(super) fn written_receivers(receivers: &Receivers) -> (Field<String>, Field<String>, Field<bool>) {
    match receivers {
        Receivers::Team(team) => (team.as_str().into(), Field::Null, Field::Null),
        Receivers::Stream(stream) => (Field::Null, stream.as_str().into(), Field::Null),
        Receivers::Everybody => (Field::Null, Field::Null, Field::Known(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn just_one_is_chosen() {
        let refused = |given: [Given; 2]| validate(&[("event", given[0]), ("owned_by", given[1])]).map(|it| it.detail);
        assert_eq!(refused([Given::Yes, Given::No]), None);
        assert_eq!(refused([Given::No, Given::Perhaps]), None);
        assert_eq!(refused([Given::No, Given::No]).unwrap(), "One of `event`, `owned_by` must be set.");
        let both = "`event` and `owned_by` are both set; set just one of `event`, `owned_by`.";
        assert_eq!(refused([Given::Yes, Given::Yes]).unwrap(), both);
    }

    #[test]
    fn what_is_chosen_is_written_as_it_was_read() {
        for events in [Events::Everything, Events::OwnedBy("a".parse().unwrap()), Events::Event("b".parse().unwrap())] {
            let (event, owned_by, everything) = written_events(&events);
            assert_eq!(chosen_events(&event, &owned_by, &everything), Ok(Some(events)));
        }
        assert_eq!(chosen_events(&Field::Unknown, &Field::Null, &Field::Null), Ok(None));
    }
}
