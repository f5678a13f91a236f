//! Why a command did not do what it was asked to do.

use std::process::ExitCode;

use fanner_client::Error;

/// A script must be able to tell "no" from "nobody knows": an audit log that was altered is not one that cannot be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The control plane said no, or what was checked is wrong.
    #[error("{0}")]
    No(String),
    /// There is no answer.
    #[error("{0}")]
    Trouble(String),
}

impl Failure {
    pub(crate) fn trouble(words: impl Into<String>) -> Self {
        Self::Trouble(words.into())
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::No(_) => ExitCode::from(1),
            Self::Trouble(_) => ExitCode::from(2),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Refused(problem) if problem.status < 500 => Self::No(error.to_string()),
            Error::Refused(_) | Error::Unreachable { .. } | Error::Unexpected { .. } | Error::Configuration(_) => {
                Self::Trouble(error.to_string())
            }
        }
    }
}
