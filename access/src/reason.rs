//! Decisions in words for the consumer: what is so, what is missing, and who can supply it.

use std::collections::BTreeSet;

use fanner_model::{Approval, FieldPath, Grant, Permit};

use crate::Policies;
use crate::judge::Judge;
use crate::question::Question;
use crate::remedy::{Basis, Change, Remedy, Trial};
use crate::words::{Gap, list};

impl Policies {
    /// What a policy that decided a question says about it, by `@id`; that of a link goes on with `:` and says what its template
    /// says. `None`: it says nothing.
    pub fn says(&self, id: &str, question: &Question<'_>) -> Option<String> {
        let id = id.split_once(':').map_or(id, |(template, _)| template);
        let reason = self.words(id)?.reason.as_ref()?;
        Some(reason.filled(|gap| fact(self, question, gap)))
    }
}

/// Why events flow: the words of the policies that permit it, and what is left out.
pub(crate) fn active(
    policies: &Policies,
    question: &Question<'_>,
    permitting: &BTreeSet<String>,
    best: &Permit,
) -> String {
    let said = permitting.iter().find_map(|id| policies.words(id)?.reason.as_ref());
    let said = said.map(|reason| reason.filled(|gap| fact(policies, question, gap)));
    let reason = said.unwrap_or_else(|| format!("{} permits it", list(permitting, "a policy")));
    let masked = match best.mask.is_empty() {
        true => String::new(),
        false => format!(", without {}", list(&best.mask, "")),
    };
    let until = best.not_after.map(|end| format!(", until {end}")).unwrap_or_default();
    format!("{reason}{masked}{until}")
}

/// Why events do not flow, and what would help.
pub(crate) fn inactive<'w>(judge: &mut Judge<'w>, trial: &Trial<'w>, remedy: Option<&Remedy<'w>>) -> String {
    let question = &trial.question;
    let clauses = match remedy {
        Some(remedy) => {
            [purpose(judge, trial, remedy), grant(question, remedy), blockers(judge, trial, remedy)].concat()
        }
        None if question.event_type.spec.retired => {
            vec![format!("`{}` is retired: who has it keeps it, and nobody new gets it", question.event_type.name)]
        }
        None => blockers(judge, trial, &hopeless(question)),
    };
    match clauses.is_empty() {
        true => no_policy(question),
        false => clauses.join("; "),
    }
}

/// The best that can be asked for where nothing helps: what stands against it is worth telling.
fn hopeless<'w>(question: &Question<'w>) -> Remedy<'w> {
    let everybody = BTreeSet::from([Approval::Owner, Approval::Security]);
    let basis = if question.purpose.is_some() { Basis::Approved(everybody) } else { Basis::Way(None) };
    Remedy { change: Change::default(), basis }
}

fn no_policy(question: &Question<'_>) -> String {
    let (event, team) = (&question.event_type, question.team.0);
    format!("no policy permits `{}`, which belongs to team `{}`, to team `{team}`", event.name, event.team)
}

/// That the purpose is the wrong one, or missing.
fn purpose<'w>(judge: &mut Judge<'w>, trial: &Trial<'w>, remedy: &Remedy<'w>) -> Vec<String> {
    let question = &trial.question;
    let event = &question.event_type.name;
    if remedy.change.purpose.is_none() {
        return Vec::new();
    }
    let those = remedy.purposes(judge, trial);
    let those = if those.is_empty() { String::new() } else { format!(", one of {}", list(those, "")) };
    match question.purpose {
        Some(purpose) => {
            vec![format!("`{event}` may not be used for purpose `{purpose}`; set another `purpose`{those}")]
        }
        None => vec![format!("say what `{event}` is used for: add `purpose`{those}")],
    }
}

/// That a grant is needed, and whose.
fn grant(question: &Question<'_>, remedy: &Remedy<'_>) -> Vec<String> {
    let Basis::Approved(approvals) = &remedy.basis else { return Vec::new() };
    let purpose = remedy.change.purpose.is_none().then_some(question.purpose).flatten();
    let purpose = purpose.map(|purpose| format!(" for purpose `{purpose}`")).unwrap_or_default();
    let ended = last_grant(question).map(|grant| format!(", since the last one {}", end_of(grant))).unwrap_or_default();
    // The clause about the purpose has named the event already.
    let event = match remedy.change.purpose {
        Some(_) => "it".to_owned(),
        None => format!("`{}`", question.event_type.name),
    };
    let needed = format!("{event} needs an approved grant{purpose}{ended}");
    let owner = format!("owner: team `{}`", question.event_type.team);
    let security = approvals.contains(&Approval::Security).then(|| "security has to approve it, too".to_owned());
    [needed, owner].into_iter().chain(security).collect()
}

/// The grant for the purpose asked for that ended last.
fn last_grant<'w>(question: &Question<'w>) -> Option<&'w Grant> {
    let ended = question.grants().filter(|grant| !grant.is_live(question.now));
    ended.filter(|grant| question.purpose == Some(&grant.purpose)).max_by_key(|grant| grant.granted_at)
}

fn end_of(grant: &Grant) -> String {
    match &grant.revoked {
        Some(revoked) => format!("was revoked at {}: {}", revoked.at, revoked.reason),
        None => format!("ended at {}", grant.until),
    }
}

/// Each policy that would forbid it still, with what would help against it.
fn blockers<'w>(judge: &mut Judge<'w>, trial: &Trial<'w>, remedy: &Remedy<'w>) -> Vec<String> {
    let question = &trial.question;
    let change = Change { masks: false, team: false, ..remedy.change };
    let forbidding = trial.would(judge, change, &remedy.basis);
    let masked = trial.would(judge, Change { masks: true, ..change }, &remedy.basis);
    let forbidding = forbidding.policies.iter().filter(|_| !forbidding.allowed);
    let objection = |id: &String| {
        let mask_helps = masked.allowed || !masked.policies.contains(id);
        let mask = mask_helps.then(|| format!("mask {}", list(unmasked(question), "")));
        judge.policies.objection(id, |gap| fact(judge.policies, question, gap), mask)
    };
    forbidding.map(objection).collect()
}

fn unmasked<'w>(question: &Question<'w>) -> impl Iterator<Item = &'w FieldPath> {
    question.event_type.spec.sensitive_fields.difference(question.mask)
}

/// What fills a gap in a policy's words about this question.
fn fact(policies: &Policies, question: &Question<'_>, gap: Gap) -> String {
    let (team, known) = question.team;
    let spec = &question.event_type.spec;
    match gap {
        Gap::Stream => format!("`{}`", question.stream),
        Gap::Team => format!("`{team}`"),
        Gap::Clearance => format!("`{}`", known.clearance),
        Gap::Event => format!("`{}`", question.event_type.name),
        Gap::Owner => format!("`{}`", question.event_type.team),
        Gap::Classification => format!("`{}`", spec.classification),
        Gap::SensitiveFields => list(&spec.sensitive_fields, "no field"),
        Gap::Purposes => list(&spec.purposes, "any purpose"),
        Gap::Purpose => list(question.purpose, "none"),
        Gap::Quarantine => {
            let reasons: Vec<_> =
                policies.links.quarantines(question).map(|found| found.spec.reason.as_str()).collect();
            reasons.join("; ")
        }
        Gap::Approver | Gap::Days => "none".to_owned(),
    }
}
