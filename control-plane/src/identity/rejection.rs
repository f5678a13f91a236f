//! Why a proof of identity was not accepted, and how much of that its sender learns.

use std::fmt;

use fanner_model::{Code, Problem};

/// Why a proof was not accepted. What prints is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// It is no proof at all; its sender is told why.
    Unreadable(String),
    /// Nobody whom we trust made it, as far as we can tell: its sender is told no more than that.
    Unproven(String),
    /// Somebody whom we trust made it, and still it is not good here; its sender is told why.
    Unacceptable(String),
    /// Whether it is good cannot be told right now.
    Undecided(String),
}

impl Rejection {
    /// The kind of rejection, as it is counted.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Unproven(_) => "unproven",
            Self::Unacceptable(_) => "unacceptable",
            Self::Undecided(_) => "undecided",
        }
    }

    /// Whether it may have been an attempt to get in: what we cannot decide was not.
    pub(crate) fn is_suspicious(&self) -> bool {
        !matches!(self, Self::Undecided(_))
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) | Self::Unproven(why) | Self::Unacceptable(why) | Self::Undecided(why) => {
                f.write_str(why)
            }
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Unreadable(why) | Rejection::Unacceptable(why) => Self::new(Code::Unauthenticated, why),
            Rejection::Unproven(_) => Self::new(
                Code::Unauthenticated,
                "nobody whom this control plane trusts made this proof; the platform team knows whom it trusts, and its \
                 log says why this one was refused",
            ),
            Rejection::Undecided(why) => Self::new(Code::Unavailable, why),
        }
    }
}
