//! Finding out whether a log is what was signed, and if not, where.
//!
//! What is certain comes from checkpoints alone. The leaf that was stored beside each entry helps to name what was altered:
//! leaves that lead to a signed root are those that were signed, so a text that does not fit its leaf was changed.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{AuditRecord, Digest};
use fanner_note::{NoteError, Verifier};

use crate::checkpoint::Checkpoint;
use crate::entry::Entry;
use crate::finding::Finding;
use crate::tree::Frontier;

/// What is known of a log that nobody altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many entries it has.
    pub entries: u64,
    /// The newest checkpoint, if there is one. Entries after it are in order, but nothing proves yet that they are the ones
    /// that were appended.
    pub signed: Option<Checkpoint>,
}

/// Checks all entries of a log against its checkpoints, each signed with one of `keys`, and against one that the caller
/// `remembered` from an earlier time.
///
/// # Errors
/// Everything that is wrong, in the order of the entries.
pub fn verify(
    records: &[AuditRecord],
    notes: &[impl AsRef<str>],
    keys: &[Verifier],
    remembered: Option<&Checkpoint>,
) -> Result<Report, Vec<Finding>> {
    let (mut checkpoints, mut findings) = opened(notes, keys);
    checkpoints.extend(remembered);
    let log = Log::of(records);
    let leaves = log.proven(&checkpoints, |place| place.leaf);
    let texts = log.proven(&checkpoints, |place| place.hash);
    findings.extend(log.altered(leaves.size().max(texts.size()), texts.size()));
    findings.extend(log.rewritten(&checkpoints, &leaves, &texts));
    findings.extend(log.cut(&checkpoints));
    if findings.is_empty() {
        return Ok(Report { entries: log.end(), signed: checkpoints.last().copied() });
    }
    Err(findings)
}

/// The checkpoints in the order of their sizes, and those that are not to be believed.
fn opened(notes: &[impl AsRef<str>], keys: &[Verifier]) -> (BTreeSet<Checkpoint>, Vec<Finding>) {
    let (mut checkpoints, mut findings) = (BTreeSet::new(), Vec::new());
    for (index, note) in notes.iter().enumerate() {
        match open(note.as_ref(), keys) {
            Ok(checkpoint) => drop(checkpoints.insert(checkpoint)),
            Err(cause) => findings.push(Finding::Checkpoint { index, cause }),
        }
    }
    (checkpoints, findings)
}

/// The checkpoint that one of the keys signed, or why the last one did not.
fn open(note: &str, keys: &[Verifier]) -> Result<Checkpoint, NoteError> {
    let mut opened = Err(NoteError::Unknown);
    for key in keys {
        opened = Checkpoint::open(note, key);
        if opened.is_ok() {
            break;
        }
    }
    opened
}

/// The log as it was found, place by place.
struct Log {
    places: BTreeMap<u64, Place>,
}

/// What stands at one place.
struct Place {
    /// The leaf that was stored.
    leaf: Option<Digest>,
    /// The leaf that the text is.
    hash: Option<Digest>,
    /// The place that the text itself names.
    says: Option<u64>,
}

/// What some leaves, one after the other from the first, prove.
struct Proven {
    /// How many of them there are.
    known: u64,
    /// The checkpoints whose roots they lead to.
    matched: BTreeSet<Checkpoint>,
}

impl Proven {
    /// How many of the leaves are those that were signed.
    fn size(&self) -> u64 {
        self.matched.last().map_or(0, |checkpoint| checkpoint.size)
    }
}

impl Log {
    fn of(records: &[AuditRecord]) -> Self {
        let place = |record: &AuditRecord| Place {
            leaf: record.leaf,
            hash: record.text.as_deref().map(Entry::leaf),
            says: record.text.as_deref().and_then(|text| Entry::parse(text).ok()).map(|entry| entry.seq),
        };
        Self { places: records.iter().map(|record| (record.seq, place(record))).collect() }
    }

    fn proven(&self, checkpoints: &BTreeSet<Checkpoint>, leaf: impl Fn(&Place) -> Option<Digest>) -> Proven {
        let mut frontier = Frontier::default();
        let mut matched = BTreeSet::new();
        let mut waiting = checkpoints.iter().peekable();
        loop {
            while let Some(checkpoint) = waiting.next_if(|next| next.size <= frontier.size()) {
                if checkpoint.root == frontier.root() {
                    matched.insert(*checkpoint);
                }
            }
            let Some(leaf) = self.places.get(&frontier.size()).and_then(&leaf) else { break };
            frontier.append(leaf);
        }
        Proven { known: frontier.size(), matched }
    }

    /// What is wrong with single entries, in their order. `texts`: so many texts are the signed ones, whatever their leaves
    /// say; `certain`: so many that fit their leaf are.
    fn altered(&self, certain: u64, texts: u64) -> Vec<Finding> {
        let (mut found, mut expected) = (BTreeMap::new(), 0);
        for (&seq, place) in &self.places {
            let Some(hash) = place.hash else { continue };
            let was_appended = place.leaf.is_some() || seq < texts;
            if was_appended && expected < seq {
                found.insert(expected, Finding::Removed { first: expected, last: seq - 1 });
            }
            if was_appended {
                expected = seq + 1;
            }
            if place.leaf == Some(hash) && (seq < certain || place.says == Some(seq)) {
                continue;
            }
            let (at, finding) = self.named(seq, place, texts);
            found.insert(at, finding);
        }
        // One entry in the wrong place pushes all others out of theirs.
        let mut findings: Vec<_> = found.into_values().collect();
        findings
            .dedup_by(|next, first| matches!((next, first), (Finding::Misplaced { .. }, Finding::Misplaced { .. })));
        findings
    }

    /// What is wrong with the entry at `seq`, since something is, and the place that it is told at.
    fn named(&self, seq: u64, place: &Place, texts: u64) -> (u64, Finding) {
        let fits = place.leaf == place.hash;
        let finding = match self.partner(seq, place) {
            _ if seq < texts => Finding::Leaf { seq },
            _ if place.leaf.is_none() => Finding::Added { seq },
            Some(with) => {
                let (seq, with) = (seq.min(with), seq.max(with));
                return (seq, Finding::Swapped { seq, with });
            }
            None if fits => Finding::Misplaced { seq },
            None => Finding::Changed { seq },
        };
        (seq, finding)
    }

    /// The place whose entry belongs here, if the one that stands here belongs there.
    fn partner(&self, seq: u64, place: &Place) -> Option<u64> {
        let with = place.says.filter(|says| *says != seq)?;
        (self.places.get(&with)?.says == Some(seq)).then_some(with)
    }

    /// The first checkpoint that the log ought to lead to and does not.
    fn rewritten(&self, checkpoints: &BTreeSet<Checkpoint>, leaves: &Proven, texts: &Proven) -> Option<Finding> {
        let matched: BTreeSet<_> = leaves.matched.union(&texts.matched).collect();
        let known = leaves.known.max(texts.known);
        let wrong = checkpoints.iter().find(|checkpoint| checkpoint.size <= known && !matched.contains(checkpoint))?;
        let before = matched.iter().rev().find(|checkpoint| checkpoint.size < wrong.size);
        let first = before.map_or(0, |checkpoint| checkpoint.size);
        Some(Finding::Forked { first, last: wrong.size.saturating_sub(1) })
    }

    /// Whether the log was longer once.
    fn cut(&self, checkpoints: &BTreeSet<Checkpoint>) -> Option<Finding> {
        let signed = checkpoints.last().map_or(0, |checkpoint| checkpoint.size);
        let stored = self.places.iter().rev().find(|(_, place)| place.leaf.is_some()).map_or(0, |(seq, _)| seq + 1);
        let (present, had) = (self.end(), signed.max(stored));
        (present < had).then_some(Finding::Cut { present, had })
    }

    /// The place after the last entry.
    fn end(&self) -> u64 {
        self.places.iter().rev().find(|(_, place)| place.hash.is_some()).map_or(0, |(seq, _)| seq + 1)
    }
}
