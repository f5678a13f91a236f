//! Reads policy documents, and says everything that is wrong in them.

use std::collections::BTreeMap;

use cedar_policy::{Policy, PolicyId, PolicySet, Template};
use fanner_model::PolicyName;

use crate::bounds;
use crate::place::Place;
use crate::template::{self, QUARANTINE, STANDING};
use crate::validate;
use crate::words::Words;

/// The longest document, in bytes.
const LONGEST: usize = 256 * 1024;

/// What is wrong in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("policy document `{document}`, line {line}, column {column}{}: {problem}", self.named())]
pub struct PolicyError {
    pub document: PolicyName,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The policy's `@id`, if it has one.
    pub policy: Option<String>,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl PolicyError {
    fn named(&self) -> String {
        self.policy.as_ref().map(|id| format!(" (`{id}`)")).unwrap_or_default()
    }
}

/// The policies of documents that nothing is wrong with, under their `@id`.
pub(crate) struct Read {
    pub(crate) set: PolicySet,
    pub(crate) words: BTreeMap<String, Words>,
}

/// Reads all documents, which decide together.
pub(crate) fn read(documents: &BTreeMap<PolicyName, String>) -> Result<Read, Vec<PolicyError>> {
    let mut reading = Reading::default();
    documents.iter().for_each(|(name, text)| reading.document(Place::start(name, text)));
    if reading.errors.is_empty() {
        reading.templates();
    }
    if reading.errors.is_empty() {
        reading.validate();
    }
    reading.errors.sort();
    match reading.errors.is_empty() {
        true => Ok(Read { set: reading.set, words: reading.words }),
        false => Err(reading.errors),
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading<'d> {
    set: PolicySet,
    words: BTreeMap<String, Words>,
    /// Where each policy is.
    places: BTreeMap<String, Place<'d>>,
    errors: Vec<PolicyError>,
}

impl<'d> Reading<'d> {
    /// Adds the policies of one document.
    fn document(&mut self, start: Place<'d>) {
        let text = start.text();
        if LONGEST < text.len() {
            let problem = format!("{} bytes are too long; use at most {LONGEST}, or several documents", text.len());
            return self.errors.push(start.error(None, problem));
        }
        if let Err((offset, problem)) = bounds::check(text) {
            return self.errors.push(start.at(offset).error(None, problem));
        }
        match text.parse::<PolicySet>() {
            Ok(set) => {
                set.policies().for_each(|policy| self.policy(&start, policy));
                set.templates().for_each(|template| self.template(&start, template));
            }
            Err(errors) => {
                self.errors.extend(errors.iter().map(|error| start.pointed_at(error).error(None, error.to_string())));
            }
        }
    }

    fn policy(&mut self, start: &Place<'d>, policy: &Policy) {
        let place = start.of(&policy.to_cedar().unwrap_or_default());
        let Some(id) = self.identify(&place, |key| policy.annotation(key)) else { return };
        self.set.add(policy.new_id(PolicyId::new(id))).expect("no other policy has the id, and it is no template");
    }

    fn template(&mut self, start: &Place<'d>, template: &Template) {
        let place = start.of(&template.to_cedar());
        let Some(id) = self.identify(&place, |key| template.annotation(key)) else { return };
        if let Err(problem) = template::check(&id, template) {
            return self.errors.push(place.error(Some(&id), problem));
        }
        self.set.add_template(template.new_id(PolicyId::new(id))).expect("no other policy has the id");
    }

    /// Reads the annotations of a policy: its `@id`, which from now on no other can have, and its words.
    fn identify<'a>(
        &mut self,
        place: &Place<'d>,
        annotation: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Option<String> {
        let checked = annotation("id").ok_or_else(|| NO_ID.to_owned()).and_then(|id| self.check_id(id));
        let id = checked.map_err(|problem| self.errors.push(place.error(None, problem))).ok()?;
        let words = Words::parse(annotation("reason"), annotation("remedy"));
        let words = words.map_err(|problem| self.errors.push(place.error(Some(&id), problem))).ok()?;
        self.places.insert(id.clone(), place.clone());
        self.words.insert(id.clone(), words);
        Some(id)
    }

    fn check_id(&self, id: &str) -> Result<String, String> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if !(1..=100).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(format!("id `{}` is not possible; use 1 to 100 of a-z, 0-9, `.` and `-`", id.escape_debug()));
        }
        match self.places.get(id) {
            Some(other) => Err(format!("id `{id}` is taken by {other}; give each policy its own")),
            None => Ok(id.to_owned()),
        }
    }

    /// Checks that both templates are there: without them, quarantines would hold nothing back.
    fn templates(&mut self) {
        let missing = [STANDING, QUARANTINE].into_iter().filter(|id| !self.places.contains_key(*id));
        let problem = |id| format!("no document has template `{id}`: {}", template::example(id));
        let missing: Vec<_> = missing.map(|id| self.anywhere().error(None, problem(id))).collect();
        self.errors.extend(missing);
    }

    fn validate(&mut self) {
        let set = template::linked(&template::linked(&self.set, STANDING), QUARANTINE);
        for mismatch in validate::validate(&set) {
            let place = self.places.get(&mismatch.policy).cloned().unwrap_or_else(|| self.anywhere());
            let place = mismatch.offset.map_or_else(|| place.clone(), |offset| place.at(offset));
            let error = place.error(Some(&mismatch.policy), mismatch.problem);
            // A template and its link have the same mistakes.
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
    }

    /// Where to point when it is about no place: to the start of some document.
    fn anywhere(&self) -> Place<'d> {
        self.places.values().next().map_or_else(Place::nowhere, |place| place.at(0))
    }
}

const NO_ID: &str = "the policy has no id; write `@id(\"team.what-it-does\")` before it";
