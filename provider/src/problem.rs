//! What the control plane says went wrong, as Terraform's user should read it: once, and at the right attribute.

use fanner_client::Error;
use fanner_model::{Code, Problem};

use crate::plugin::diagnostics::{Diagnostic, Path};

/// A failed call as one error, at the attribute among `attributes` that it is about.
pub fn diagnostic(error: &Error, attributes: &[&str]) -> Diagnostic {
    match error {
        Error::Refused(problem) => refusal(problem, attributes),
        Error::Unreachable { .. } => Diagnostic::error("The control plane cannot be reached", error),
        Error::Unexpected { .. } => Diagnostic::error("The control plane's answer makes no sense", error),
        Error::Configuration(_) => Diagnostic::error("The provider block is not right", error),
    }
}

/// A refusal as one error, at the attribute among `attributes` that it is about.
pub fn refusal(problem: &Problem, attributes: &[&str]) -> Diagnostic {
    Diagnostic::error(&problem.title, problem).at(path(problem, attributes))
}

/// Why the very first call failed, with what the user can do.
pub fn connecting(error: &Error) -> Diagnostic {
    let hint = match error {
        Error::Refused(problem) if problem.code == Code::Unauthenticated => {
            "Set `token` or `token_file` in the provider block, or the environment variable FANNER_TOKEN."
        }
        Error::Refused(_) | Error::Configuration(_) => "",
        Error::Unreachable { .. } | Error::Unexpected { .. } => {
            "Set `endpoint` in the provider block, or the environment variable FANNER_ENDPOINT."
        }
    };
    let diagnostic = diagnostic(error, &[]);
    Diagnostic { detail: format!("{}\n{hint}", diagnostic.detail).trim_end().to_owned(), ..diagnostic }
}

/// Why the control plane began no session for what came `from` somewhere.
pub fn exchanging(error: &Error, from: &str) -> Diagnostic {
    let diagnostic = diagnostic(error, &[]);
    Diagnostic { detail: format!("{}\nWhat was presented came from {from}.", diagnostic.detail), ..diagnostic }
}

/// Whether the control plane may have done what it was asked, although the call failed.
pub fn is_open(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } | Error::Unexpected { .. } => true,
        Error::Refused(problem) => matches!(problem.code, Code::Unavailable | Code::Internal),
        Error::Configuration(_) => false,
    }
}

/// The first part of the problem's field that is an attribute here: `stream.spec.events[2]` is about `events`.
fn path(problem: &Problem, attributes: &[&str]) -> Path {
    let field = problem.field.as_deref().unwrap_or_default();
    let mut parts = field.split(['.', '[']);
    parts.find(|part| attributes.contains(part)).map_or_else(Path::default, Path::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_points_at_the_attribute_that_the_field_belongs_to() {
        let at = |field: &str| {
            let problem = Problem::new(Code::InvalidField, "12 hours are not possible").at(field);
            refusal(&problem, &["name", "events", "retention_hours"]).path
        };
        assert_eq!(at("retention_hours"), Path::from("retention_hours"));
        assert_eq!(at("stream.spec.events[2]"), Path::from("events"));
        assert_eq!(at("elsewhere"), Path::default());
    }

    #[test]
    fn a_refusal_reads_as_a_sentence() {
        let diagnostic = refusal(&Problem::new(Code::NotFound, "stream `fraud` is not there"), &[]);
        assert_eq!(diagnostic.summary, "Not found");
        assert_eq!(diagnostic.detail, "Stream `fraud` is not there.");
    }

    #[test]
    fn a_missing_token_comes_with_what_to_do() {
        let error = Error::Refused(Box::new(Problem::new(Code::Unauthenticated, "no token was given")));
        assert_eq!(
            connecting(&error).detail,
            "No token was given.\nSet `token` or `token_file` in the provider block, or the environment variable FANNER_TOKEN."
        );
    }
}
