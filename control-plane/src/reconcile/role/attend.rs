//! The part of a turn that is about the stream's reader role. Whatever goes wrong with IAM is told and stops only what must not
//! happen without it.

use std::time::Duration;

use fanner_model::{ReaderRole, SeenRole, StreamId};
use tracing::info;

use super::care::{Care, care};
use super::{FoundRole, RolePlan, RoleStep, Roles, plan};
use crate::reconcile::run::Reconciler;
use crate::reconcile::trouble::Trouble;
use crate::reconcile::{Cloud, Failure, Found, Life};
use crate::store::StreamRecord;

/// What came of looking after a reader role.
#[derive(Clone, Debug)]
pub(in crate::reconcile) struct Attended {
    /// The stream whose role IAM may have from now on.
    pub(in crate::reconcile) id: Option<StreamId>,
    /// The role as it was last seen.
    pub(in crate::reconcile) seen: Option<SeenRole>,
    pub(in crate::reconcile) trouble: Option<Trouble>,
    /// Whether something was done, so that another look must tell what came of it.
    pub(in crate::reconcile) is_moving: bool,
    /// Whether nothing may be done about the stream before the role is gone.
    pub(in crate::reconcile) blocks: bool,
    /// What is left to do once the stream is as asked for.
    giving: Vec<RoleStep>,
}

/// How long IAM may take to describe a role. The rest of a turn is the stream's, which does not stop for IAM.
const LOOK: Duration = Duration::from_secs(3);

impl Attended {
    /// A role that was not looked after.
    pub(in crate::reconcile) fn left(record: &StreamRecord) -> Self {
        let seen = record.stream.status.seen.as_ref().and_then(|seen| seen.reader_role.clone());
        Self { id: record.role_id, seen, trouble: None, is_moving: false, blocks: false, giving: Vec::new() }
    }
}

impl<C: Cloud + Roles> Reconciler<C> {
    /// Looks at the stream's role, if there is one to look at, and does what takes away.
    pub(in crate::reconcile) async fn attend(
        &self,
        record: &StreamRecord,
        life: Life,
        stream: Option<&Found>,
    ) -> Attended {
        let left = Attended::left(record);
        let (of, wanted, blocks) = match care(record, life, stream, self.boundary.as_ref()) {
            Care::Leave => return left,
            Care::Unbounded => return Attended { trouble: Some(Trouble::UnboundedRole), ..left },
            Care::Remove { of, first } => (of, None, first),
            Care::Keep(wanted) => (record.stream.id, Some(wanted), false),
        };
        let look = tokio::time::timeout(LOOK, self.cloud.observe_role(of)).await;
        let late = |_| Err(Failure::Unreachable { cause: format!("no answer within {LOOK:?}") });
        let found = match look.unwrap_or_else(late) {
            Ok(found) => found,
            Err(failure) => {
                let trouble = Trouble::with_iam("look at the reader role".into(), failure);
                return Attended { trouble: Some(trouble), blocks, ..left };
            }
        };
        let ours = found.as_ref().filter(|found| found.belongs_to(of));
        let seen = ours.map(FoundRole::seen);
        let (taking, giving) = match plan(of, wanted.as_ref(), found.as_ref(), self.clock.now()) {
            RolePlan::Foreign => {
                let trouble = Trouble::ForeignRole { name: ReaderRole::name(of) };
                return Attended { seen, trouble: Some(trouble), blocks, ..left };
            }
            RolePlan::Steps { taking, giving } => (taking, giving),
        };
        if wanted.is_none() && ours.is_none() {
            let is_asked_for = record.stream.spec.reader_role.is_some() && !matches!(life, Life::Going { .. });
            return Attended { id: is_asked_for.then_some(record.stream.id), seen: None, ..left };
        }
        let (is_moving, trouble) = self.take(of, record, taking).await;
        Attended { seen, trouble, is_moving, blocks, giving, ..left }
    }

    /// Does what gives, now that the stream is as asked for.
    pub(in crate::reconcile) async fn give(&self, record: &StreamRecord, attended: &mut Attended) {
        if !attended.is_moving && attended.trouble.is_none() {
            let giving = std::mem::take(&mut attended.giving);
            (attended.is_moving, attended.trouble) = self.take(record.stream.id, record, giving).await;
        }
    }

    /// Takes steps until one fails: whether another look is due, and what went wrong.
    async fn take(&self, of: StreamId, record: &StreamRecord, steps: Vec<RoleStep>) -> (bool, Option<Trouble>) {
        let is_moving = !steps.is_empty();
        for step in steps {
            let result = self.cloud.apply_role(of, &step).await;
            self.metrics.step(step.kind(), result.is_ok());
            match result {
                Ok(()) => {
                    info!(stream = %record.stream.name, step = step.kind(), "reader role was changed: {}", step.sentence())
                }
                Err(Failure::Absent | Failure::Busy) => break,
                Err(failure) => return (true, Some(Trouble::with_iam(step.sentence(), failure))),
            }
        }
        (is_moving, None)
    }
}
