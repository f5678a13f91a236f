//! Every way of altering a log is found and named.

use fanner_audit::{
    Action, Checkpoint, Entry, Finding, Frontier, Noun, ORIGIN, Outcome, Report, Signer, State, Subject, Verifier,
    Version, verify,
};
use fanner_model::{AuditRecord, Digest};
use jiff::Timestamp;
use proptest::prelude::*;

/// A log, and checkpoints of some of its sizes.
#[derive(Clone)]
struct Log {
    records: Vec<AuditRecord>,
    notes: Vec<String>,
}

#[test]
fn a_log_that_nobody_altered_is_good() {
    let log = log(20, &[4, 16]);
    let signed = Some(checkpoint(&log.records[..16]));
    assert_eq!(log.verify(), Ok(Report { entries: 20, signed }));
    assert_eq!(self::log(0, &[]).verify(), Ok(Report { entries: 0, signed: None }));
}

#[test]
fn every_alteration_has_its_name() {
    let named = |alter: &dyn Fn(&mut Log)| shown(&altered(alter));
    insta::assert_snapshot!([
        named(&|log| change(&mut log.records[5])),
        named(&|log| log.records[5].text = None),
        named(&|log| drop(log.records.drain(5..=6))),
        named(&|log| swap_texts(&mut log.records, 5, 9)),
        named(&|log| swap_records(&mut log.records, 5, 9)),
        named(&|log| swap_records(&mut log.records, 17, 18)),
        named(&|log| log.records.push(AuditRecord { seq: 1_000_000, leaf: None, ..log.records[5].clone() })),
        named(&|log| slip_in(&mut log.records, 5)),
        named(&|log| log.records.truncate(12)),
        named(&|log| log.records[12..].iter_mut().for_each(|record| record.text = None)),
        named(&|log| log.records[5].leaf = Some(Digest([1; 32]))),
        named(&|log| log.records[5].leaf = None),
        named(&|log| forge(&mut log.records[5])),
        named(&|log| log.notes[1] = log.notes[1].replace("16", "15")),
        named(&|log| log.notes[1] = "nothing".into()),
    ].join("\n"), @r#"
    entry 5 was changed
    entry 5 was removed
    entries 5 to 6 were removed
    entries 5 and 9 were swapped
    entries 5 and 9 were swapped; history was rewritten: entries 4 to 15 are not all those that were signed
    entries 17 and 18 were swapped
    entry 1000000 was added; nobody appended it
    the entry at place 6 belongs to another; something was added or removed before it; history was rewritten: entries 4 to 15 are not all those that were signed
    the end was cut off: the log has 12 entries and had 16
    the end was cut off: the log has 12 entries and had 20
    the leaf stored for entry 5 was changed; the entry itself was not
    the leaf stored for entry 5 was changed; the entry itself was not
    history was rewritten: entries 4 to 15 are not all those that were signed
    checkpoint 1 is not to be believed: the signature of `fanner/audit` does not fit it
    checkpoint 1 is not to be believed: it is not a signed note
    "#);
}

#[test]
fn a_log_may_have_been_signed_with_several_keys() {
    let (mut log, other) = (log(20, &[16]), Signer::new(ORIGIN, &[2; 32]));
    log.notes.push(checkpoint(&log.records).sign(&other));
    let both = [other.verifier().clone(), signer().verifier().clone()];
    assert!(verify(&log.records, &log.notes, &both, None).is_ok());
    let found = verify(&log.records, &log.notes, &both[1..], None).unwrap_err();
    assert_eq!(shown(&found), "checkpoint 1 is not to be believed: `fanner/audit` did not sign it with this key");
}

#[test]
fn a_history_that_was_written_anew_is_found_by_who_remembers() {
    let (log, other) = (log(20, &[16]), other_log(30, &[30]));
    let remembered = Checkpoint::open(&log.notes[0], signer().verifier()).expect("it is signed");
    assert!(other.verify().is_ok());
    let found = verify(&other.records, &other.notes, &keys(), Some(&remembered)).unwrap_err();
    assert_eq!(found, [Finding::Forked { first: 0, last: 15 }]);
}

#[test]
fn a_tail_that_was_cut_with_its_checkpoint_is_found_by_who_remembers() {
    let log = log(20, &[12, 20]);
    let remembered = Checkpoint::open(&log.notes[1], signer().verifier()).expect("it is signed");
    let cut = Log { records: log.records[..15].to_vec(), notes: log.notes[..1].to_vec() };
    assert!(cut.verify().is_ok());
    let found = verify(&cut.records, &cut.notes, &keys(), Some(&remembered)).unwrap_err();
    assert_eq!(found, [Finding::Cut { present: 15, had: 20 }]);
}

/// One way to alter a log.
#[derive(Clone, Debug)]
enum Alteration {
    /// A bit of an entry's text.
    Text(usize, usize),
    /// A bit of a leaf.
    Leaf(usize, usize),
    /// A bit of a checkpoint.
    Note(usize, usize),
    Remove(usize),
    Erase(usize),
    Forget(usize),
    Swap(usize, usize),
    SwapTexts(usize, usize),
    SlipIn(usize),
    Append,
    /// An entry with a leaf that fits it.
    Forge(usize),
    Cut(usize),
}

proptest! {
    #[test]
    fn any_alteration_of_what_was_signed_is_found(
        size in 2_u64..40,
        checkpoints in proptest::collection::vec(1_u64..40, 0..4),
        alteration in alteration(),
    ) {
        let sizes: Vec<_> = checkpoints.into_iter().filter(|at| *at < size).chain([size]).collect();
        let mut log = log(size, &sizes);
        prop_assert!(log.verify().is_ok());
        let before = (log.records.clone(), log.notes.clone());
        log.alter(&alteration);
        prop_assume!(before != (log.records.clone(), log.notes.clone()));
        prop_assert!(log.verify().is_err(), "{alteration:?} was not found");
    }

    #[test]
    fn an_entry_that_is_named_as_changed_was_changed(size in 2_u64..40, which in any::<usize>(), bit in any::<usize>()) {
        let mut log = log(size, &[size]);
        let which = which % log.records.len();
        log.alter(&Alteration::Text(which, bit));
        prop_assert_eq!(log.verify(), Err(vec![Finding::Changed { seq: which as u64 }]));
    }
}

fn alteration() -> impl Strategy<Value = Alteration> {
    let (one, two) = (any::<usize>(), any::<(usize, usize)>());
    prop_oneof![
        two.prop_map(|(which, bit)| Alteration::Text(which, bit)),
        two.prop_map(|(which, bit)| Alteration::Leaf(which, bit)),
        two.prop_map(|(which, bit)| Alteration::Note(which, bit)),
        one.prop_map(Alteration::Remove),
        one.prop_map(Alteration::Erase),
        one.prop_map(Alteration::Forget),
        two.prop_map(|(one, other)| Alteration::Swap(one, other)),
        two.prop_map(|(one, other)| Alteration::SwapTexts(one, other)),
        one.prop_map(Alteration::SlipIn),
        Just(Alteration::Append),
        one.prop_map(Alteration::Forge),
        one.prop_map(Alteration::Cut),
    ]
}

impl Log {
    fn verify(&self) -> Result<Report, Vec<Finding>> {
        verify(&self.records, &self.notes, &keys(), None)
    }

    fn alter(&mut self, alteration: &Alteration) {
        let (count, records) = (self.records.len(), &mut self.records);
        match *alteration {
            Alteration::Text(which, bit) => {
                let text = records[which % count].text.as_mut().expect("it is there");
                *text = flipped(text, bit);
            }
            Alteration::Leaf(which, bit) => {
                let leaf = records[which % count].leaf.as_mut().expect("it is there");
                leaf.0[bit / 8 % 32] ^= 1 << (bit % 8);
            }
            Alteration::Note(which, bit) => {
                let which = which % self.notes.len();
                self.notes[which] = flipped(&self.notes[which], bit);
            }
            Alteration::Remove(which) => drop(records.remove(which % count)),
            Alteration::Erase(which) => records[which % count].text = None,
            Alteration::Forget(which) => records[which % count].leaf = None,
            Alteration::Swap(one, other) => swap_records(records, one % count, other % count),
            Alteration::SwapTexts(one, other) => swap_texts(records, one % count, other % count),
            Alteration::SlipIn(before) => slip_in(records, before % count),
            Alteration::Append => records.push(AuditRecord { seq: count as u64, leaf: None, ..records[0].clone() }),
            Alteration::Forge(which) => forge(&mut records[which % count]),
            Alteration::Cut(at) => records.truncate(at % count),
        }
    }
}

/// A text of which one character is another.
fn flipped(text: &str, bit: usize) -> String {
    let which = bit / 6 % text.chars().count();
    let other = |c: char| char::from_u32(u32::from(c) ^ (1 << (bit % 6))).expect("the low bits are free");
    text.chars().enumerate().map(|(at, c)| if at == which { other(c) } else { c }).collect()
}

fn altered(alter: &dyn Fn(&mut Log)) -> Vec<Finding> {
    let mut log = log(20, &[4, 16]);
    alter(&mut log);
    log.verify().expect_err("it was altered")
}

fn change(record: &mut AuditRecord) {
    record.text = record.text.take().map(|text| text.replace("allowed", "refused"));
}

fn forge(record: &mut AuditRecord) {
    change(record);
    record.leaf = record.text.as_deref().map(Entry::leaf);
}

fn swap_texts(records: &mut [AuditRecord], one: usize, other: usize) {
    let text = records[one].text.take();
    records[one].text = std::mem::replace(&mut records[other].text, text);
}

fn swap_records(records: &mut [AuditRecord], one: usize, other: usize) {
    records.swap(one, other);
    (records[one].seq, records[other].seq) = (one as u64, other as u64);
}

/// Puts an entry in front of another and gives all that follow the next number.
fn slip_in(records: &mut Vec<AuditRecord>, before: usize) {
    let mut new = records[before].clone();
    forge(&mut new);
    records.insert(before, new);
    (0..).zip(records).for_each(|(seq, record)| record.seq = seq);
}

fn log(size: u64, signed: &[u64]) -> Log {
    log_of("fraud", size, signed)
}

fn other_log(size: u64, signed: &[u64]) -> Log {
    log_of("payments", size, signed)
}

fn log_of(team: &str, size: u64, signed: &[u64]) -> Log {
    let text = |seq| entry(team, seq).text();
    let records = (0..size).map(|seq| AuditRecord { seq, leaf: Some(Entry::leaf(&text(seq))), text: Some(text(seq)) });
    let records: Vec<_> = records.collect();
    let note = |&size: &u64| checkpoint(&records[..usize::try_from(size).expect("it is small")]).sign(&signer());
    Log { notes: signed.iter().map(note).collect(), records }
}

fn checkpoint(records: &[AuditRecord]) -> Checkpoint {
    let frontier: Frontier = records.iter().filter_map(|record| record.leaf).collect();
    Checkpoint { size: frontier.size(), root: frontier.root() }
}

fn keys() -> [Verifier; 1] {
    [signer().verifier().clone()]
}

fn signer() -> Signer {
    Signer::new(ORIGIN, &[1; 32])
}

fn entry(team: &str, seq: u64) -> Entry {
    Entry {
        version: Version,
        seq,
        at: Timestamp::from_second(1_800_000_000).expect("it is a time"),
        actor: "token:018f6b1e-7c5a-7bd0-9d2c-0242ac120002".parse().expect("it is a caller"),
        action: Action::Put,
        subject: Subject::new(Noun::Teams, team),
        outcome: Outcome::Allowed,
        reason: None,
        request: None,
        after: Some(State::of(&serde_json::json!({"active": true}))),
    }
}

fn shown(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
