//! How a call fails.

use fanner_model::Problem;

/// A call that gave no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The control plane understood and said no.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// There was no answer: nobody listens at the address, the connection broke, or it took too long.
    #[error("the control plane at `{endpoint}` cannot be reached: {cause}")]
    Unreachable { endpoint: String, cause: String },
    /// The answer is not one that a control plane gives.
    #[error("`{endpoint}` does not answer like a fanner control plane: {cause}")]
    Unexpected { endpoint: String, cause: String },
    /// The address or the token cannot be used in a request.
    #[error("{0}")]
    Configuration(String),
}

impl Error {
    /// The problem, if the control plane said no.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            Self::Unreachable { .. } | Self::Unexpected { .. } | Self::Configuration(_) => None,
        }
    }

    /// Whether the control plane said that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.problem().is_some_and(|problem| problem.code == fanner_model::Code::NotFound)
    }
}
