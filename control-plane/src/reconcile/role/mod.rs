//! The reader role of a stream: looked at in IAM, planned by a pure function, and brought to what is asked for beside the
//! stream itself. What takes away comes before the stream is looked after, what gives comes after it is as asked for.

mod attend;
mod care;
mod found;
mod plan;
mod step;
mod trust;

pub(super) use attend::Attended;
pub(crate) use found::FoundRole;
pub(crate) use plan::{RolePlan, WantedRole, plan};
pub(crate) use step::RoleStep;
pub(crate) use trust::{Trust, ending};

use std::future::Future;

use fanner_model::StreamId;

use super::Failure;

/// The inline policy by which a role reads.
pub(crate) const READ: &str = "fanner-read";

/// The inline policy that denies the sessions that began before somebody was taken out of those who are trusted.
pub(crate) const SESSIONS: &str = "fanner-sessions";

/// Where reader roles are: IAM.
pub(crate) trait Roles: Send + Sync + 'static {
    /// The role of this stream's name as it is now; `None`: there is none.
    fn observe_role(&self, id: StreamId) -> impl Future<Output = Result<Option<FoundRole>, Failure>> + Send;

    /// Takes one step with the role of this stream.
    fn apply_role(&self, id: StreamId, step: &RoleStep) -> impl Future<Output = Result<(), Failure>> + Send;
}
