//! Whether a stream's reader role is looked after at all, and what for. Pure.

use fanner_model::{Arn, StreamId};

use super::WantedRole;
use crate::reconcile::{Activity, Found, Life};
use crate::store::StreamRecord;

/// What is done about the role that IAM may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care<'a> {
    /// Nothing, and IAM is not asked.
    Leave,
    /// It shall go. `first`: before anything is done about the stream, since it would read the next one of that name.
    Remove { of: StreamId, first: bool },
    /// It is asked for, and nobody said by what it would be bounded.
    Unbounded,
    /// It shall be like this.
    Keep(WantedRole<'a>),
}

/// What is done about a stream's role. Without a `boundary` no role is made or changed, and those that are not wanted go.
pub(super) fn care<'a>(
    record: &'a StreamRecord,
    life: Life,
    found: Option<&'a Found>,
    boundary: Option<&'a Arn>,
) -> Care<'a> {
    let stream = &record.stream;
    let Some(of) = record.role_id else { return Care::Leave };
    if of != stream.id || matches!(life, Life::Going { .. }) {
        return Care::Remove { of, first: true };
    }
    let Some(role) = &stream.spec.reader_role else { return Care::Remove { of, first: false } };
    match (found, boundary) {
        (Some(found), _) if !found.belongs_to(stream.id) => Care::Remove { of, first: false },
        (Some(found), _) if found.activity == Activity::Deleting => Care::Leave,
        // It may be in another region, and then its readers are still there.
        (None, _) => Care::Leave,
        (Some(_), None) => Care::Unbounded,
        (Some(found), Some(boundary)) => Care::Keep(WantedRole { role, stream: &found.seen.arn, boundary }),
    }
}
