//! What a stream becomes if something is asked for, and what is wrong with that. Pure: the write and the plan share it.

use std::collections::BTreeSet;

use fanner_model::{
    Arn, Change, Code, EventName, Phase, Problem, Stream, StreamId, StreamName, StreamSpec, StreamStatus, TeamName,
};
use jiff::Timestamp;

use super::role::{self, Sentences};
use crate::access::{Action, Actor, allow_for, allow_team};
use crate::reconcile::{self, Found, Life, Wanted, drift};
use crate::store::StreamRecord;
use crate::world::{Asking, World};

/// What is asked for, by whom, and what it is judged by.
pub(super) struct Asked<'a> {
    pub(super) actor: &'a Actor,
    pub(super) name: &'a StreamName,
    pub(super) spec: &'a StreamSpec,
    pub(super) old: Option<&'a StreamRecord>,
    pub(super) world: &'a World,
    pub(super) reserved: &'a BTreeSet<StreamName>,
    /// The permissions boundary of every reader role; `None`: none is made.
    pub(super) boundary: Option<&'a Arn>,
    pub(super) now: Timestamp,
}

/// A change of a stream, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Proposal {
    /// What the stream becomes.
    pub(super) stream: Stream,
    /// The generation that last changed its capacity.
    pub(super) capacity_generation: u64,
    pub(super) change: Change,
    pub(super) problems: Vec<Problem>,
    /// What will be done about the reader role.
    role: Sentences,
}

impl Asked<'_> {
    /// What the stream becomes, and everything that is wrong with that.
    pub(super) fn proposal(&self) -> Proposal {
        let owner = self.old.map_or(&self.actor.team, |old| &old.stream.team);
        let team = self.spec.team.clone().unwrap_or_else(|| owner.clone());
        let (stream, capacity_generation, change) = self.next(team);
        let what = format!("stream `{}`", self.name);
        let problems = match allow_for(self.actor, Action::ChangeStreams, owner, &what) {
            Err(problem) => vec![problem],
            Ok(()) => self.problems(&stream),
        };
        let role = role::sentences(self.old.map(|old| &old.stream), &stream, self.boundary, self.now);
        Proposal { stream, capacity_generation, change, problems, role }
    }

    fn problems(&self, stream: &Stream) -> Vec<Problem> {
        let Self { actor, name, spec: _, old, world, reserved, boundary, now } = self;
        let mut problems = Vec::new();
        if reserved.contains(*name) {
            let detail = format!("stream name `{name}` is reserved for the platform; choose another name");
            problems.push(Problem::new(Code::Forbidden, detail).at("name"));
        }
        problems.extend(allow_team(actor, &stream.team).err());
        if old.is_some_and(|old| old.stream.status.phase == Phase::Deleting) {
            let detail = format!("stream `{name}` is being deleted; ask again when it is gone");
            problems.push(Problem::new(Code::Deleting, detail));
        }
        problems.extend(stream.spec.reader_role.as_ref().and_then(|role| role::problem(role, &stream.team, *boundary)));
        let none = BTreeSet::<EventName>::new();
        let had = old.filter(|old| old.stream.team == stream.team).map_or(&none, |old| &old.stream.spec.events);
        problems.extend(Asking::own(stream, &actor.caller).problems(world, had, *now));
        problems
    }

    /// What the stream becomes, the generation that last changed its capacity, and what kind of change that is. Asking
    /// again for the same changes nothing, unless Kinesis differs from it.
    fn next(&self, team: TeamName) -> (Stream, u64, Change) {
        let spec = StreamSpec { team: Some(team.clone()), ..self.spec.clone() };
        let Some(StreamRecord { stream: old, capacity_generation, .. }) = self.old else {
            return (self.anew(team, spec, 1), 1, Change::Create);
        };
        let generation = old.generation + 1;
        if old.status.phase == Phase::Missing {
            return (self.anew(team, spec, generation), generation, Change::Create);
        }
        if old.spec == spec && !needs_repair(old) {
            return (old.clone(), *capacity_generation, Change::Nothing);
        }
        let rescaled = old.spec.shard_count != spec.shard_count || mode_drifted(old);
        let capacity_generation = if rescaled { generation } else { *capacity_generation };
        let stream = Stream { team, generation, spec, updated_at: self.now, ..old.clone() };
        (stream, capacity_generation, Change::Update)
    }

    /// A stream whose life begins.
    fn anew(&self, team: TeamName, spec: StreamSpec, generation: u64) -> Stream {
        Stream {
            id: StreamId::random(),
            name: self.name.clone(),
            team,
            generation,
            created_at: self.now,
            updated_at: self.now,
            spec,
            status: StreamStatus::default(),
            access: Default::default(),
        }
    }
}

impl Proposal {
    /// What will be done in AWS, in words, as far as what was last seen tells.
    pub(super) fn steps(self) -> Vec<String> {
        let Stream { id, spec, status, .. } = &self.stream;
        let found = status.seen.clone().map(|seen| Found::ours(*id, seen));
        let wanted = Wanted {
            id: *id,
            spec,
            life: if found.is_some() { Life::Made } else { Life::New },
            changed: self.change != Change::Nothing,
            capacity_changed: status.observed_generation < self.capacity_generation,
        };
        let steps = reconcile::sentences(&reconcile::plan(&wanted, found.as_ref()));
        [self.role.taking, steps, self.role.giving].concat()
    }
}

/// Whether asking for the very same is a reason to act: the stream failed, or Kinesis drifted from it.
fn needs_repair(old: &Stream) -> bool {
    let drifted = || old.status.seen.as_ref().is_some_and(|seen| !drift(&old.spec, seen).is_empty());
    old.status.phase == Phase::Failed || (old.is_ready() && drifted())
}

fn mode_drifted(old: &Stream) -> bool {
    old.status.seen.as_ref().is_some_and(|seen| seen.on_demand != old.spec.shard_count.is_none())
}

#[cfg(test)]
mod tests {
    use fanner_model::{Revision, Role, Scope, Seen};
    use serde_json::{Value, json};

    use super::*;
    use crate::store::Facts;

    #[test]
    fn a_stream_that_is_not_there_is_created() {
        assert_eq!(change(None, &json!({})), (Change::Create, 1, 1));
    }

    #[test]
    fn asking_for_the_same_changes_nothing_while_kinesis_is_as_asked_for() {
        let old = old(&json!({"shard_count": 2}), |_| ());
        assert_eq!(change(Some(&old), &json!({"shard_count": 2})), (Change::Nothing, 3, 1));
    }

    #[test]
    fn asking_for_the_same_repairs_drift_and_failure() {
        let same = json!({"shard_count": 2});
        let drifted = old(&same, |stream| seen(stream).retention_hours = 48);
        assert_eq!(change(Some(&drifted), &same), (Change::Update, 4, 1));
        let failed = old(&same, |stream| stream.status.phase = Phase::Failed);
        assert_eq!(change(Some(&failed), &same), (Change::Update, 4, 1));
    }

    #[test]
    fn only_a_changed_shard_count_or_mode_changes_the_capacity() {
        let same = json!({"shard_count": 2});
        let split = old(&same, |stream| seen(stream).open_shard_count = 4);
        assert_eq!(change(Some(&split), &same), (Change::Nothing, 3, 1));
        assert_eq!(change(Some(&split), &json!({"shard_count": 2, "retention_hours": 48})), (Change::Update, 4, 1));
        assert_eq!(change(Some(&split), &json!({"shard_count": 3})), (Change::Update, 4, 4));
        let on_demand = old(&same, |stream| seen(stream).on_demand = true);
        assert_eq!(change(Some(&on_demand), &same), (Change::Update, 4, 4));
    }

    #[test]
    fn a_missing_stream_begins_a_new_life() {
        let same = json!({"shard_count": 2});
        let missing = old(&same, |stream| (stream.status.phase, stream.status.seen) = (Phase::Missing, None));
        let proposal = proposal(Some(&missing), &same);
        assert_eq!((proposal.change, proposal.stream.generation), (Change::Create, 4));
        assert_ne!(proposal.stream.id, missing.stream.id);
        assert_eq!(proposal.steps(), ["create the stream with 2 shards"]);
    }

    /// The change, and the generations of the stream and of its capacity after it.
    fn change(old: Option<&StreamRecord>, json: &Value) -> (Change, u64, u64) {
        let proposal = proposal(old, json);
        (proposal.change, proposal.stream.generation, proposal.capacity_generation)
    }

    fn proposal(old: Option<&StreamRecord>, json: &Value) -> Proposal {
        let actor = Actor {
            caller: "token:1".parse().unwrap(),
            team: "fraud".parse().unwrap(),
            role: Role::Member,
            scope: Scope::Full,
            request: None,
        };
        let (name, spec) = ("s".parse().unwrap(), serde_json::from_value(json.clone()).unwrap());
        let asked = Asked {
            actor: &actor,
            name: &name,
            spec: &spec,
            old,
            world: &World::new(Facts::default()).unwrap(),
            reserved: &BTreeSet::new(),
            boundary: None,
            now: Timestamp::UNIX_EPOCH,
        };
        asked.proposal()
    }

    /// An active stream at generation 3, as it was asked for but for `change`.
    fn old(json: &Value, change: impl FnOnce(&mut Stream)) -> StreamRecord {
        let Proposal { mut stream, .. } = proposal(None, json);
        stream.generation = 3;
        stream.status = StreamStatus {
            phase: Phase::Active,
            reason: None,
            observed_generation: 3,
            seen: Some(Seen {
                observed_at: Timestamp::UNIX_EPOCH,
                arn: String::new(),
                on_demand: stream.spec.shard_count.is_none(),
                open_shard_count: stream.spec.shard_count.map_or(4, |shards| shards.get()),
                retention_hours: stream.spec.retention_hours.get(),
                kms_key: None,
                tags: Default::default(),
                readers: Default::default(),
                reader_role: None,
            }),
        };
        change(&mut stream);
        StreamRecord {
            stream,
            capacity_generation: 1,
            served: true,
            revision: Revision(1),
            attempts: 0,
            idempotency_key: None,
            asked_by: "token:1".parse().unwrap(),
            role_id: None,
        }
    }

    fn seen(stream: &mut Stream) -> &mut Seen {
        stream.status.seen.as_mut().unwrap()
    }
}
