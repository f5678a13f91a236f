//! How an operation fails.

use fanner_model::{Code, Problem};

use crate::store::StoreError;
use crate::world::WorldError;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something that is not possible or not allowed.
    #[error("{0}")]
    Refused(Problem),
    /// The database did not do its part.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// What access depends on cannot be told, so nothing is decided.
    #[error("access cannot be decided")]
    Undecided(#[from] WorldError),
}

impl Error {
    /// A refusal in these words.
    pub fn refused(code: Code, detail: impl Into<String>) -> Self {
        Self::Refused(Problem::new(code, detail))
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}
