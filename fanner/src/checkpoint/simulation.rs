//! A shard whose destinations break, whose lanes are slow, whose answers get lost and whose fanner crashes, all at random:
//! whatever happens, every destination has every record in the end. Known mistakes are made on purpose, to see them caught.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fanner_model::StreamId;
use jiff::Timestamp;
use proptest::prelude::*;

use super::{Checkpoint, Destination, Tracker};
use crate::{Position, SequenceNumber};

/// How many records the shard has.
const RECORDS: u32 = 60;
const DESTINATIONS: usize = 3;

/// A mistake in the bookkeeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// The position is written before the exceptions, and a crash may come between.
    TwoWrites,
    /// A destination is handed back one record too late.
    HandOverOffByOne,
    /// What was read counts as stored.
    CheckpointIsReadPosition,
    /// What a broken lane dropped is not read again.
    DropsForgotten,
}

/// One step of a run.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The hot reader reads so many records.
    Read(u8),
    /// The catch-up reader reads so many records.
    CatchUp(u8),
    /// A destination answers for the oldest, or the newest, delivery that its lane holds.
    Answer {
        destination: usize,
        newest: bool,
    },
    /// A destination stores a record, and its answer gets lost.
    LoseAnswer(usize),
    Break(usize),
    /// A request that was under way when its destination broke turns out to have worked.
    AnswerLate(usize),
    FallBehind(usize),
    Recover(usize),
    Save,
    Crash,
    Stop,
}

struct Run {
    mistake: Mistake,
    tracker: Tracker,
    saved: Checkpoint,
    streams: Vec<Destination>,
    works: [bool; DESTINATIONS],
    lanes: [VecDeque<u32>; DESTINATIONS],
    /// What lanes held when they broke.
    dropped: [Vec<u32>; DESTINATIONS],
    stored: [BTreeSet<u32>; DESTINATIONS],
    duplicates: u32,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_whatever_happens(steps in steps()) {
        prop_assert_eq!(lost(Mistake::None, &steps), 0);
    }

    #[test]
    fn a_destination_that_falls_behind_gets_nothing_twice(steps in calm_steps()) {
        prop_assert_eq!(duplicates(&steps), 0);
    }

    #[test]
    fn the_safe_position_never_moves_back(steps in steps()) {
        let mut run = Run::new(Mistake::None);
        let mut before = Position::Start;
        for step in steps {
            run.take(step);
            let position = run.tracker.checkpoint().position;
            if matches!(step, Step::Crash) {
                before = Position::Start;
            }
            prop_assert!(before <= position, "{before} is after {position}");
            before = position;
        }
    }
}

#[test]
fn every_known_mistake_is_caught() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mistakes =
        [Mistake::TwoWrites, Mistake::HandOverOffByOne, Mistake::CheckpointIsReadPosition, Mistake::DropsForgotten];
    for mistake in mistakes {
        let mut runner = TestRunner::deterministic();
        let caught = (0..2_000).find(|_| {
            let steps = steps().new_tree(&mut runner).unwrap().current();
            0 < lost(mistake, &steps)
        });
        assert!(caught.is_some(), "{mistake:?} loses nothing in 2,000 runs");
    }
}

/// How many deliveries are missing after these steps, and after everything has come to rest.
fn lost(mistake: Mistake, steps: &[Step]) -> usize {
    let mut run = Run::new(mistake);
    steps.iter().for_each(|step| run.take(*step));
    run.come_to_rest();
    let everything: BTreeSet<_> = (1..=RECORDS).collect();
    run.stored.iter().map(|stored| everything.difference(stored).count()).sum()
}

fn duplicates(steps: &[Step]) -> u32 {
    let mut run = Run::new(Mistake::None);
    steps.iter().for_each(|step| run.take(*step));
    run.come_to_rest();
    run.duplicates
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => calm_step(),
        2 => (0..DESTINATIONS).prop_map(Step::Break),
        1 => (0..DESTINATIONS).prop_map(Step::AnswerLate),
        1 => (0..DESTINATIONS).prop_map(Step::LoseAnswer),
        1 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 1..150)
}

/// Steps after which nothing need be delivered twice.
fn calm_steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(prop_oneof![9 => calm_step(), 1 => Just(Step::Stop)], 1..150)
}

fn calm_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..6u8).prop_map(Step::Read),
        3 => (1..6u8).prop_map(Step::CatchUp),
        6 => (0..DESTINATIONS, any::<bool>())
            .prop_map(|(destination, newest)| Step::Answer { destination, newest }),
        1 => (0..DESTINATIONS).prop_map(Step::FallBehind),
        2 => (0..DESTINATIONS).prop_map(Step::Recover),
        3 => Just(Step::Save),
    ]
}

impl Run {
    fn new(mistake: Mistake) -> Self {
        let saved = Checkpoint::at(Position::Start);
        Self {
            mistake,
            tracker: Tracker::new(saved.clone()),
            saved,
            streams: (0..DESTINATIONS).map(|_| Destination::Stream(StreamId::random())).collect(),
            works: [true; DESTINATIONS],
            lanes: Default::default(),
            dropped: Default::default(),
            stored: Default::default(),
            duplicates: 0,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Read(count) => (0..count).for_each(|_| self.read()),
            Step::CatchUp(count) => self.catch_up(count),
            Step::Answer { destination, newest } => self.answer(destination, newest),
            Step::LoseAnswer(destination) => self.lose_answer(destination),
            Step::Break(destination) => self.break_lane(destination),
            Step::AnswerLate(destination) => self.answer_late(destination),
            Step::FallBehind(destination) => self.tracker.fell_behind(self.streams[destination]),
            Step::Recover(destination) => self.recover(destination),
            Step::Save => self.saved = self.checkpoint(),
            Step::Crash => self.crash(),
            Step::Stop => self.stop(),
        }
    }

    /// The hot reader reads one record, or the end of the shard.
    fn read(&mut self) {
        let Some(number) = after(self.tracker.read_to()) else {
            return self.tracker.read(Position::End, None);
        };
        let record = record(number);
        for destination in 0..DESTINATIONS {
            let stream = self.streams[destination];
            if !self.tracker.is_hot_for(stream, &record) {
                continue;
            }
            match self.works[destination] {
                true => {
                    self.tracker.hand(stream, &record, Timestamp::UNIX_EPOCH);
                    self.lanes[destination].push_back(number);
                }
                false => self.tracker.broke(stream),
            }
        }
        self.tracker.read(Position::After(record), None);
    }

    fn catch_up(&mut self, count: u8) {
        self.hand_over();
        let able = |stream: &Destination| self.works[self.destination(*stream)];
        let lagging = self.tracker.lagging().filter_map(|(stream, from)| Some((stream, from?.clone())));
        let able: BTreeMap<_, _> = lagging.filter(|(stream, _)| able(stream)).collect();
        let Some(from) = able.values().min().cloned() else { return };
        let (mut position, serving) = (from, able.into_keys().collect::<Vec<_>>());
        for _ in 0..count {
            let Some(number) = after(&position) else {
                position = Position::End;
                break;
            };
            position = Position::After(record(number));
            for stream in serving
                .iter()
                .filter(|stream| self.tracker.misses(**stream, &record(number)))
                .copied()
                .collect::<Vec<_>>()
            {
                self.tracker.hand_again(stream, &record(number), Timestamp::UNIX_EPOCH);
                let destination = self.destination(stream);
                self.lanes[destination].push_back(number);
            }
        }
        serving.iter().for_each(|stream| self.tracker.pass(*stream, &position, None));
        self.hand_over();
    }

    fn hand_over(&mut self) {
        let lagging = self.tracker.lagging().map(|(stream, _)| stream);
        let able: Vec<_> = lagging.filter(|stream| self.works[self.destination(*stream)]).collect();
        for stream in able {
            if self.mistake == Mistake::HandOverOffByOne {
                self.skip_one_at_hand_over(stream);
            }
            self.tracker.hand_over(stream);
        }
    }

    fn skip_one_at_hand_over(&mut self, stream: Destination) {
        let next = self.tracker.lagging().find(|(found, _)| *found == stream).and_then(|(_, next)| next.cloned());
        if let Some(next) = next.filter(|next| self.tracker.read_to() <= next)
            && let Some(number) = after(&next)
        {
            self.tracker.pass(stream, &Position::After(record(number)), None);
        }
    }

    fn answer(&mut self, destination: usize, newest: bool) {
        let lane = &mut self.lanes[destination];
        let answered = if newest { lane.pop_back() } else { lane.pop_front() };
        if let Some(number) = answered {
            self.duplicates += u32::from(!self.stored[destination].insert(number));
            self.tracker.done(self.streams[destination], &record(number));
        }
    }

    /// The record is stored, but nobody hears of it: it stays in the lane, and is sent again.
    fn lose_answer(&mut self, destination: usize) {
        if let Some(number) = self.lanes[destination].front() {
            self.stored[destination].insert(*number);
        }
    }

    fn break_lane(&mut self, destination: usize) {
        self.works[destination] = false;
        let stream = self.streams[destination];
        let dropped = self.lanes[destination].drain(..);
        match self.mistake {
            Mistake::DropsForgotten => dropped.for_each(|number| self.tracker.done(stream, &record(number))),
            _ => {
                self.dropped[destination].extend(dropped);
                self.tracker.broke(stream);
            }
        }
    }

    fn answer_late(&mut self, destination: usize) {
        if let Some(number) = self.dropped[destination].pop() {
            self.stored[destination].insert(number);
            self.tracker.done(self.streams[destination], &record(number));
        }
    }

    fn recover(&mut self, destination: usize) {
        self.works[destination] = true;
    }

    fn checkpoint(&self) -> Checkpoint {
        let checkpoint = self.tracker.checkpoint();
        match self.mistake {
            Mistake::CheckpointIsReadPosition => Checkpoint { position: self.tracker.read_to().clone(), ..checkpoint },
            Mistake::TwoWrites => Checkpoint { exceptions: self.saved.exceptions.clone(), ..checkpoint },
            Mistake::None | Mistake::HandOverOffByOne | Mistake::DropsForgotten => checkpoint,
        }
    }

    fn crash(&mut self) {
        self.tracker = Tracker::new(self.saved.clone());
        (self.lanes, self.dropped) = Default::default();
    }

    /// Everything that is under way is answered before the fanner ends.
    fn stop(&mut self) {
        for destination in 0..DESTINATIONS {
            while !self.lanes[destination].is_empty() {
                self.answer(destination, false);
            }
        }
        self.saved = self.checkpoint();
        self.crash();
    }

    /// All destinations work, and readers read, until the shard is finished.
    fn come_to_rest(&mut self) {
        self.works = [true; DESTINATIONS];
        for _ in 0..10 * RECORDS {
            self.take(Step::Read(10));
            self.catch_up(10);
            for destination in 0..DESTINATIONS {
                (0..10).for_each(|_| self.answer(destination, false));
            }
            if self.tracker.checkpoint().is_finished() {
                return;
            }
        }
        panic!("the shard is never finished: {:?}", self.tracker);
    }

    fn destination(&self, stream: Destination) -> usize {
        self.streams.iter().position(|known| *known == stream).unwrap()
    }
}

/// The first record behind `position`; `None` at the end of the shard.
fn after(position: &Position) -> Option<u32> {
    let number = |record: &SequenceNumber| record.as_str().parse::<u32>().unwrap();
    let next = match position {
        Position::Start | Position::Since(_) => 1,
        Position::Before(record) => number(record),
        Position::After(record) => number(record) + 1,
        Position::End => return None,
    };
    (next <= RECORDS).then_some(next)
}

fn record(number: u32) -> SequenceNumber {
    number.to_string().parse().unwrap()
}
