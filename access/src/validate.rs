//! What the schema, and the names there can be, have against policies.

use cedar_policy::{EntityUid, PolicyId, PolicySet, ValidationMode, Validator};
use fanner_model::{EventName, StreamName, TeamName};
use miette::Diagnostic;

use crate::place::offset;
use crate::schema::{EVENT_TYPE, ORG, SCHEMA, STREAM, TEAM, everything};
use crate::template::id_of;

/// Something that is wrong with a policy.
pub(crate) struct Mismatch {
    /// Its `@id`.
    pub(crate) policy: String,
    /// In bytes from the start of its document.
    pub(crate) offset: Option<usize>,
    pub(crate) problem: String,
}

/// Everything that is wrong with policies, whose templates are linked. Warnings count: a `forbid` that can never apply, or a name
/// that only looks like another, is no matter of taste here.
pub(crate) fn validate(set: &PolicySet) -> Vec<Mismatch> {
    let found = Validator::new(SCHEMA.clone()).validate(set, ValidationMode::Strict);
    let errors = found.validation_errors().map(|error| mismatch(error.policy_id(), error));
    let warnings = found.validation_warnings().map(|warning| mismatch(warning.policy_id(), warning));
    errors.chain(warnings).chain(names(set)).collect()
}

fn mismatch(policy: &PolicyId, error: &(impl Diagnostic + ToString)) -> Mismatch {
    let text = error.to_string();
    let text = text
        .strip_prefix(&format!("for policy `{policy}`"))
        .map_or(&*text, |rest| rest.trim_start_matches([',', ':', ' ']));
    let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
    Mismatch { policy: id_of(policy), offset: offset(error), problem: format!("{text}{help}") }
}

/// The entities that policies name though there can be none. They would silently never match.
fn names(set: &PolicySet) -> Vec<Mismatch> {
    let named =
        set.policies().flat_map(|policy| policy.entity_literals().into_iter().map(move |named| (policy, named)));
    let wrong = named.filter_map(|(policy, named)| Some((policy, wrong(&named)?)));
    wrong.map(|(policy, problem)| Mismatch { policy: id_of(policy.id()), offset: None, problem }).collect()
}

fn wrong(named: &EntityUid) -> Option<String> {
    let id = named.id().unescaped();
    let error = match () {
        () if TEAM.includes(named) => id.parse::<TeamName>().err()?,
        () if STREAM.includes(named) => id.parse::<StreamName>().err()?,
        () if EVENT_TYPE.includes(named) => id.parse::<EventName>().err()?,
        () if ORG.includes(named) && *named != everything() => {
            return Some(format!("there is no `{named}`; everybody and everything is `{}`", everything()));
        }
        () => return None,
    };
    Some(format!("there can be no `{named}`: {error}"))
}
