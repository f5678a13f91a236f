//! Where something is in a policy document.

use std::fmt;
use std::sync::LazyLock;

use fanner_model::PolicyName;
use miette::Diagnostic;

use crate::PolicyError;

/// A place in a document.
#[derive(Clone, Debug)]
pub(crate) struct Place<'d> {
    document: &'d PolicyName,
    text: &'d str,
    /// In bytes.
    offset: usize,
}

impl<'d> Place<'d> {
    /// The start of a document.
    pub(crate) fn start(document: &'d PolicyName, text: &'d str) -> Self {
        Self { document, text, offset: 0 }
    }

    /// The start of a document that does not exist.
    pub(crate) fn nowhere() -> Self {
        static DEFAULT: LazyLock<PolicyName> = LazyLock::new(|| "default".parse().expect("it is a good name"));
        Self::start(&DEFAULT, "")
    }

    /// The document.
    pub(crate) fn text(&self) -> &'d str {
        self.text
    }

    /// The place where a policy starts, given its text as it was written.
    pub(crate) fn of(&self, policy: &str) -> Self {
        self.at(self.text.find(policy).unwrap_or(0))
    }

    /// The place that an error of Cedar points at.
    pub(crate) fn pointed_at(&self, error: &dyn Diagnostic) -> Self {
        self.at(offset(error).unwrap_or(0))
    }

    /// Another place in the same document.
    pub(crate) fn at(&self, offset: usize) -> Self {
        Self { offset, ..self.clone() }
    }

    /// That this is wrong here.
    pub(crate) fn error(&self, policy: Option<&str>, problem: String) -> PolicyError {
        let (line, column) = self.line_and_column();
        PolicyError { document: self.document.clone(), line, column, policy: policy.map(ToOwned::to_owned), problem }
    }

    fn line_and_column(&self) -> (usize, usize) {
        let before = self.text.get(..self.offset).unwrap_or(self.text);
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        (before.matches('\n').count() + 1, column + 1)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of policy document `{}`", self.line_and_column().0, self.document)
    }
}

/// The first byte that an error of Cedar points at.
pub(crate) fn offset(error: &dyn Diagnostic) -> Option<usize> {
    error.labels()?.map(|label| label.offset()).min()
}
