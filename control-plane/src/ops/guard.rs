//! What must be true for a write to happen, and how a repeated write knows its own result.

use std::fmt::Display;

use fanner_model::{Code, Problem};

/// What a caller attaches to a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    pub precondition: Precondition,
    /// The same for every attempt of one write.
    pub key: Option<String>,
}

/// What must be true of a thing for a write to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Precondition {
    #[default]
    None,
    Absent,
    Generation(u64),
}

/// A thing as it is stored, as far as a guard cares.
pub(super) struct Existing<'a> {
    pub(super) generation: u64,
    pub(super) key: Option<&'a str>,
}

/// What a guard makes of a write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passage {
    Open,
    /// An earlier attempt of this very write did it.
    Done,
}

impl Guard {
    /// Whether a write of `what`, such as "stream `fraud`", may go on.
    ///
    /// # Errors
    /// The precondition does not hold, and not because of an earlier attempt of the same write.
    pub(super) fn pass(&self, what: &impl Display, existing: Option<&Existing<'_>>) -> Result<Passage, Problem> {
        let problem = match (self.precondition, existing) {
            (Precondition::None, _) | (Precondition::Absent, None) => return Ok(Passage::Open),
            (Precondition::Generation(expected), Some(is)) if is.generation == expected => return Ok(Passage::Open),
            (_, Some(is)) if self.key.is_some() && self.key.as_deref() == is.key => return Ok(Passage::Done),
            (Precondition::Absent, Some(_)) => {
                Problem::new(Code::AlreadyExists, format!("{what} exists already; import it, or choose another name"))
            }
            (Precondition::Generation(expected), Some(is)) => {
                let is = is.generation;
                Problem::new(
                    Code::Stale,
                    format!("{what} is at generation {is}, not {expected}; read it again, then decide"),
                )
            }
            (Precondition::Generation(expected), None) => {
                Problem::new(Code::Stale, format!("{what} does not exist, so it is not at generation {expected}"))
            }
        };
        Err(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_without_a_precondition_always_passes() {
        assert_eq!(pass(Precondition::None, None, None), Ok(Passage::Open));
        assert_eq!(pass(Precondition::None, None, Some((3, None))), Ok(Passage::Open));
    }

    #[test]
    fn a_failed_precondition_says_what_is_true() {
        let existing = Some((3, Some("other")));
        assert_eq!(
            pass(Precondition::Absent, Some("mine"), existing).unwrap_err(),
            "stream `a` exists already; import it, or choose another name"
        );
        assert_eq!(
            pass(Precondition::Generation(2), None, existing).unwrap_err(),
            "stream `a` is at generation 3, not 2; read it again, then decide"
        );
        assert_eq!(
            pass(Precondition::Generation(2), Some("mine"), None).unwrap_err(),
            "stream `a` does not exist, so it is not at generation 2"
        );
    }

    #[test]
    fn a_repeated_write_recognises_its_own_result() {
        let existing = Some((3, Some("mine")));
        assert_eq!(pass(Precondition::Absent, Some("mine"), existing), Ok(Passage::Done));
        assert_eq!(pass(Precondition::Generation(2), Some("mine"), existing), Ok(Passage::Done));
    }

    fn pass(
        precondition: Precondition,
        key: Option<&str>,
        existing: Option<(u64, Option<&str>)>,
    ) -> Result<Passage, String> {
        let guard = Guard { precondition, key: key.map(Into::into) };
        let existing = existing.map(|(generation, key)| Existing { generation, key });
        guard.pass(&"stream `a`", existing.as_ref()).map_err(|problem| problem.detail)
    }
}
