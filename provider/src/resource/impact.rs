//! What a change of policies changes for streams, as a plan tells it.

use fanner_client::Error;
use fanner_model::{Code, Difference, Direction, PolicyChange, PolicyImpact, Problem};

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::provider::Context;
use crate::problem;
use crate::session::Session;

/// Who gains and who loses what by other policies, the document's own `text` among them.
pub(super) async fn review(context: &Context<Session>, change: &PolicyChange, text: &str) -> Vec<Diagnostic> {
    match context.session.client.policy_impact(change).await {
        Ok(impact) => warnings(&impact, text),
        Err(error) => refusal(&error).into_iter().collect(),
    }
}

/// A document with a mistake is wrong in its text, whatever the document is called. One that is gone already must not keep
/// anybody from planning its end.
fn refusal(error: &Error) -> Option<Diagnostic> {
    let refusal = problem::diagnostic(error, &[]);
    match error.problem() {
        Some(Problem { code: Code::InvalidField, field: Some(field), .. }) if field == "remove" => None,
        Some(Problem { code: Code::InvalidField, .. }) => Some(refusal.at("text")),
        Some(_) | None => Some(refusal),
    }
}

/// What an apply changes for streams, and which of the document's policies decide nothing that is asked for.
fn warnings(impact: &PolicyImpact, text: &str) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    if !impact.differences.is_empty() {
        let summary = match impact.direction {
            Direction::Widening => "Streams receive more by these policies",
            Direction::Tightening => "Streams receive less by these policies",
            Direction::Both | Direction::Nothing => "Streams receive more and less by these policies",
        };
        warnings.push(Diagnostic::warning(summary, differences(impact)).at("text"));
    }
    let ours = |id: &&String| text.contains(&format!("\"{id}\""));
    let idle: Vec<_> = impact.never_matching.iter().filter(ours).map(|id| format!("`{id}`")).collect();
    if !idle.is_empty() {
        let detail = format!("of all that streams ask for now, nothing is decided by {}", idle.join(", "));
        warnings.push(Diagnostic::warning("Some policies decide nothing", detail).at("text"));
    }
    warnings
}

/// One line for each, up to as many as somebody reads.
fn differences(impact: &PolicyImpact) -> String {
    const MOST: usize = 20;
    let line = |Difference { effect, team, stream, event, fields, because }: &Difference| {
        let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
        let what = if fields.is_empty() { String::new() } else { format!("{} of ", fields.join(", ")) };
        let because: Vec<_> = because.iter().map(|id| format!("`{id}`")).collect();
        format!("stream `{stream}` of team `{team}` {effect} {what}`{event}` ({})", because.join(", "))
    };
    let mut lines: Vec<_> = impact.differences.iter().take(MOST).map(line).collect();
    let more = impact.differences.len().saturating_sub(MOST);
    if 0 < more {
        lines.push(format!("and {more} more; `fannerctl policy diff` names them all"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fanner_model::Effect;

    use super::*;

    fn difference(number: usize) -> Difference {
        Difference {
            effect: Effect::Loses,
            team: "growth".parse().unwrap(),
            stream: format!("s{number}").parse().unwrap(),
            event: "card_swiped".parse().unwrap(),
            fields: BTreeSet::new(),
            because: ["cards.none".to_owned()].into(),
        }
    }

    fn tightening(differences: Vec<Difference>) -> PolicyImpact {
        let never_matching = ["cards.idle", "receive.own"].map(str::to_owned).into();
        PolicyImpact { direction: Direction::Tightening, differences, never_matching }
    }

    #[test]
    fn who_loses_what_is_named_and_so_are_the_documents_own_idle_policies() {
        let gained = Difference { effect: Effect::Gains, fields: ["email".parse().unwrap()].into(), ..difference(2) };
        let told = warnings(&tightening(vec![difference(1), gained]), "@id(\"cards.idle\")");
        let lines = "stream `s1` of team `growth` loses `card_swiped` (`cards.none`)\n\
                     stream `s2` of team `growth` gains `email` of `card_swiped` (`cards.none`)";
        let idle = "of all that streams ask for now, nothing is decided by `cards.idle`";
        let expected = [
            Diagnostic::warning("Streams receive less by these policies", lines).at("text"),
            Diagnostic::warning("Some policies decide nothing", idle).at("text"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_nobody_would_read_is_counted() {
        let told = warnings(&tightening((0..25).map(difference).collect()), "");
        assert!(told[0].detail.ends_with("and 5 more; `fannerctl policy diff` names them all."), "{told:?}");
    }
}
