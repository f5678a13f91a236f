//! What a look at Kinesis gives, and how a call to it fails.

use fanner_model::{Seen, StreamId};

/// A stream that Kinesis has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub seen: Seen,
    pub activity: Activity,
    /// Whose stream it says that it is: the value of its tag `fanner:stream-id`.
    pub owner: Option<String>,
    /// Whether its resource policy says exactly that `seen.readers` may read, and nothing else.
    pub policy_is_plain: bool,
}

impl Found {
    /// A stream of ours that was last seen like this, and has nothing to do.
    pub(crate) fn ours(id: StreamId, seen: Seen) -> Self {
        Self { seen, activity: Activity::Idle, owner: Some(id.to_string()), policy_is_plain: true }
    }

    /// Whether it carries our tag.
    pub(crate) fn belongs_to(&self, id: StreamId) -> bool {
        self.owner.as_deref() == Some(id.to_string().as_str())
    }
}

/// What Kinesis is doing with a stream. Only an idle one takes changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    Creating,
    Idle,
    Updating,
    Deleting,
}

/// How a call to Kinesis fails, by what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no such stream.
    #[error("the stream is not there")]
    Absent,
    /// The stream is being changed, or is there already: look again.
    #[error("the stream is busy")]
    Busy,
    /// Too many calls: slow down.
    #[error("AWS asks for fewer calls")]
    Throttled,
    /// The account has no room. `limit` says of what, in words.
    #[error("the AWS account has reached its limit of {limit}")]
    Quota { limit: String },
    /// The control plane lacks this permission.
    #[error("the control plane lacks the permission `{permission}`")]
    Denied { permission: String },
    /// AWS does not take the value.
    #[error("AWS refuses it: {message}")]
    Invalid { message: String },
    /// There was no answer that says whether the call took effect.
    #[error("AWS cannot be reached: {cause}")]
    Unreachable { cause: String },
}
