//! A Kinesis and an IAM in memory, for the reconciler's own tests: as strict as the real ones about what a busy stream takes, how
//! far a shard count may go at once and what a role must lose before it can go, and able to fail at any one call.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{Seen, StreamId, StreamName};
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::reconcile::{
    Activity, Cloud, Failure, Found, FoundRole, READ, RoleStep, Roles, SESSIONS, Step, ending, normal,
};

/// What goes wrong at one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call never arrives.
    Before,
    /// The call takes effect, and its answer is lost.
    After,
    Throttled,
    Denied,
    /// The process dies, and the call never arrives.
    CrashBefore,
    /// The process dies after the call took effect.
    CrashAfter,
}

impl Fault {
    pub(crate) const ALL: [Self; 6] =
        [Self::Before, Self::After, Self::Throttled, Self::Denied, Self::CrashBefore, Self::CrashAfter];

    /// What the caller learns before the call takes effect.
    fn early(self) -> Option<Failure> {
        match self {
            Self::Before => Some(Failure::Unreachable { cause: "no route".into() }),
            Self::Throttled => Some(Failure::Throttled),
            Self::Denied => Some(Failure::Denied { permission: "kinesis:Something".into() }),
            Self::After | Self::CrashBefore | Self::CrashAfter => None,
        }
    }
}

/// The streams, and when to fail.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    state: Mutex<State>,
    /// Told when a fault kills the process: whoever made the call gets no answer any more.
    pub(crate) crashed: Notify,
}

#[derive(Debug, Default)]
struct State {
    streams: BTreeMap<StreamName, Found>,
    roles: BTreeMap<StreamId, FoundRole>,
    /// Calls to IAM.
    iam_calls: usize,
    /// Whether IAM denies everything.
    iam_is_shut: bool,
    calls: usize,
    fault: Option<(usize, Fault)>,
}

impl Fake {
    /// Lets the call number `at`, counted from now, go wrong.
    pub(crate) fn fail(&self, at: usize, fault: Fault) {
        let mut state = self.state.lock();
        state.fault = Some((state.calls + at, fault));
    }

    /// Whether the fault that was asked for is still to come.
    pub(crate) fn is_armed(&self) -> bool {
        self.state.lock().fault.is_some()
    }

    /// A stream as it is.
    pub(crate) fn stream(&self, name: &StreamName) -> Option<Found> {
        self.state.lock().streams.get(name).cloned()
    }

    /// Puts a stream there, or takes it away, behind everybody's back.
    pub(crate) fn put(&self, name: &StreamName, found: Option<Found>) {
        let mut state = self.state.lock();
        match found {
            Some(found) => drop(state.streams.insert(name.clone(), found)),
            None => drop(state.streams.remove(name)),
        }
    }

    /// A reader role as it is.
    pub(crate) fn role(&self, id: StreamId) -> Option<FoundRole> {
        self.state.lock().roles.get(&id).cloned()
    }

    /// Changes a reader role behind everybody's back.
    pub(crate) fn change_role(&self, id: StreamId, change: impl FnOnce(&mut FoundRole)) {
        change(self.state.lock().roles.get_mut(&id).expect("the role is there"));
    }

    /// How often IAM was called.
    pub(crate) fn iam_calls(&self) -> usize {
        self.state.lock().iam_calls
    }

    /// Lets IAM deny everything, or nothing any more.
    pub(crate) fn shut_iam(&self, is_shut: bool) {
        self.state.lock().iam_is_shut = is_shut;
    }

    /// Makes one call to IAM.
    async fn iam_call<T>(&self, effect: impl FnOnce(&mut State) -> Result<T, Failure>) -> Result<T, Failure> {
        self.call(|state| {
            state.iam_calls += 1;
            if state.iam_is_shut {
                return Err(Failure::Denied { permission: "iam:Something".into() });
            }
            effect(state)
        })
        .await
    }

    /// Makes one call, with whatever goes wrong with it.
    async fn call<T>(&self, effect: impl FnOnce(&mut State) -> Result<T, Failure>) -> Result<T, Failure> {
        let (fault, result) = {
            let mut state = self.state.lock();
            let call = state.calls;
            state.calls += 1;
            let fault = state.fault.take_if(|(at, _)| *at == call).map(|(_, fault)| fault);
            if let Some(failure) = fault.and_then(Fault::early) {
                return Err(failure);
            }
            let result = (fault != Some(Fault::CrashBefore)).then(|| effect(&mut state));
            (fault, result)
        };
        match (fault, result) {
            (Some(Fault::After), _) => Err(Failure::Unreachable { cause: "the answer was lost".into() }),
            (Some(Fault::CrashBefore | Fault::CrashAfter), _) | (_, None) => {
                self.crashed.notify_one();
                std::future::pending().await
            }
            (Some(Fault::Before | Fault::Throttled | Fault::Denied) | None, Some(result)) => result,
        }
    }
}

impl Cloud for Fake {
    /// What Kinesis is busy with is done by the next look.
    async fn observe(&self, name: &StreamName) -> Result<Option<Found>, Failure> {
        self.call(|state| {
            let before = state.streams.get(name).cloned();
            match state.streams.get_mut(name) {
                Some(found) if found.activity == Activity::Deleting => drop(state.streams.remove(name)),
                Some(found) => found.activity = Activity::Idle,
                None => {}
            }
            Ok(before)
        })
        .await
    }

    async fn apply(&self, name: &StreamName, _: Option<&Found>, step: &Step) -> Result<(), Failure> {
        self.call(|state| match (step, state.streams.get_mut(name)) {
            (Step::Create { .. }, Some(_)) => Err(Failure::Busy),
            (Step::Create { id, shards, tags }, None) => {
                let mut found = Found::ours(*id, created(shards.map(|shards| shards.get()), tags));
                found.activity = Activity::Creating;
                state.streams.insert(name.clone(), found);
                Ok(())
            }
            (_, None) => Err(Failure::Absent),
            (_, Some(found)) if found.activity != Activity::Idle => Err(Failure::Busy),
            (step, Some(found)) => change(found, step),
        })
        .await
    }

    async fn names(&self) -> Result<BTreeSet<StreamName>, Failure> {
        self.call(|state| Ok(state.streams.keys().cloned().collect())).await
    }
}

impl Roles for Fake {
    async fn observe_role(&self, id: StreamId) -> Result<Option<FoundRole>, Failure> {
        self.iam_call(|state| Ok(state.roles.get(&id).cloned())).await
    }

    async fn apply_role(&self, id: StreamId, step: &RoleStep) -> Result<(), Failure> {
        self.iam_call(|state| match (step, state.roles.get_mut(&id)) {
            (RoleStep::Create { .. }, Some(_)) => Err(Failure::Busy),
            (RoleStep::Create { trust, boundary }, None) => {
                let role = FoundRole {
                    is_at_ours: true,
                    arn: format!("arn:aws:iam::123456789012:role/fanner/readers/fanner-reader-{id}"),
                    owner: Some(id.to_string()),
                    boundary: Some(boundary.to_string()),
                    trust: trust.clone(),
                    inline: BTreeMap::new(),
                    attached: BTreeSet::new(),
                };
                state.roles.insert(id, role);
                Ok(())
            }
            (_, None) => Err(Failure::Absent),
            (RoleStep::Delete, Some(role)) if role.inline.is_empty() && role.attached.is_empty() => {
                state.roles.remove(&id);
                Ok(())
            }
            (step, Some(role)) => change_role(role, step),
        })
        .await
    }
}

fn change_role(role: &mut FoundRole, step: &RoleStep) -> Result<(), Failure> {
    match step {
        RoleStep::Create { .. } => return Err(Failure::Busy),
        RoleStep::Bound { boundary } => role.boundary = Some(boundary.to_string()),
        RoleStep::Trust { trust } => role.trust = trust.clone(),
        RoleStep::EndSessions { before } => drop(role.inline.insert(SESSIONS.into(), normal(&ending(*before)))),
        RoleStep::Allow { policy } => drop(role.inline.insert(READ.into(), normal(policy))),
        RoleStep::Detach { policy } => drop(role.attached.remove(policy)),
        RoleStep::Drop { policy } => drop(role.inline.remove(policy)),
        RoleStep::Delete => {
            return Err(Failure::Invalid { message: "DeleteConflict: it has policies".into() });
        }
    }
    Ok(())
}

fn created(shards: Option<i32>, tags: &BTreeMap<String, String>) -> Seen {
    Seen {
        observed_at: Timestamp::UNIX_EPOCH,
        arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/any".into(),
        on_demand: shards.is_none(),
        open_shard_count: shards.unwrap_or(4),
        retention_hours: 24,
        kms_key: None,
        tags: tags.clone(),
        readers: BTreeSet::new(),
        reader_role: None,
    }
}

fn change(found: &mut Found, step: &Step) -> Result<(), Failure> {
    let seen = &mut found.seen;
    let impossible = || Err(Failure::Invalid { message: format!("{step:?} is not possible") });
    match step {
        Step::Create { .. } => return Err(Failure::Busy),
        Step::SetOnDemand => seen.on_demand = true,
        Step::SetProvisioned => seen.on_demand = false,
        Step::SetShards { next, .. } => {
            let from = seen.open_shard_count;
            if seen.on_demand || 2 * from < *next || 2 * next < from {
                return impossible();
            }
            seen.open_shard_count = *next;
        }
        Step::RaiseRetention { to } if seen.retention_hours < to.get() => seen.retention_hours = to.get(),
        Step::LowerRetention { to } if to.get() < seen.retention_hours => seen.retention_hours = to.get(),
        Step::RaiseRetention { .. } | Step::LowerRetention { .. } => return impossible(),
        Step::Encrypt { key } => seen.kms_key = Some(key.to_string()),
        Step::Decrypt { .. } => seen.kms_key = None,
        Step::Tag { tags } => seen.tags.extend(tags.clone()),
        Step::Untag { keys } => seen.tags.retain(|key, _| !keys.contains(key)),
        Step::LetRead { readers } => seen.readers = readers.iter().map(ToString::to_string).collect(),
        Step::LetNobodyRead => seen.readers.clear(),
        Step::Delete => found.activity = Activity::Deleting,
    }
    found.policy_is_plain = true;
    if step.takes_time() && *step != Step::Delete {
        found.activity = Activity::Updating;
    }
    Ok(())
}
