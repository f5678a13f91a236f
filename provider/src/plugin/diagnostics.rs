//! What Terraform tells its user: an error or a warning, what it is about, and at which attribute.

use std::fmt::{self, Display};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A short headline.
    pub summary: String,
    /// Sentences: what is wrong, and what would be right.
    pub detail: String,
    /// The attribute that it is about; empty for the whole block.
    pub path: Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl Diagnostic {
    /// An error about the whole block. `detail` may be the text of an error type, which becomes a sentence here.
    pub fn error(summary: impl Into<String>, detail: impl Display) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: sentence(detail), path: Path::default() }
    }

    /// A warning about the whole block.
    pub fn warning(summary: impl Into<String>, detail: impl Display) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message, pointing at `path`.
    pub fn at(self, path: impl Into<Path>) -> Self {
        Self { path: path.into(), ..self }
    }
}

/// A message with a capital letter and a full stop.
fn sentence(message: impl Display) -> String {
    let message = message.to_string();
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

impl From<Diagnostic> for Vec<Diagnostic> {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic]
    }
}

/// Whether one of them is an error.
pub fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// The way from a block down to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Attribute(String),
    Key(String),
    Index(usize),
}

impl Path {
    /// This path and one step more.
    pub fn join(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    pub fn attribute(&self, name: &str) -> Self {
        self.join(Step::Attribute(name.to_owned()))
    }

    /// As much of this path as Terraform finds in a configuration: for an attribute inside an attribute it would point at the
    /// whole block.
    pub fn findable(mut self) -> Self {
        let nested = |(position, step): (usize, &Step)| 0 < position && matches!(step, Step::Attribute(_));
        let end = self.0.iter().enumerate().position(nested).unwrap_or(self.0.len());
        self.0.truncate(end);
        self
    }

    pub fn into_steps(self) -> Vec<Step> {
        self.0
    }
}

impl From<&str> for Path {
    fn from(attribute: &str) -> Self {
        Path::default().attribute(attribute)
    }
}

impl Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(out, "{name}")?,
                Step::Attribute(name) => write!(out, ".{name}")?,
                Step::Key(key) => write!(out, "[{key:?}]")?,
                Step::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_reads_as_a_sentence() {
        assert_eq!(Diagnostic::error("", "stream `a` is gone").detail, "Stream `a` is gone.");
        assert_eq!(Diagnostic::error("", "Really?").detail, "Really?");
        assert_eq!(Diagnostic::error("", "`a` is gone").detail, "`a` is gone.");
    }

    #[test]
    fn only_the_outermost_attribute_and_what_is_in_it_can_be_found() {
        assert_eq!(Path::from("timeouts").attribute("create").findable(), Path::from("timeouts"));
        let second = Path::from("events").join(Step::Index(1));
        assert_eq!(second.clone().findable(), second);
    }

    #[test]
    fn a_path_prints_as_it_is_written_in_configuration() {
        let path = Path::from("access").join(Step::Key("card".into())).attribute("reason").join(Step::Index(2));
        assert_eq!(path.to_string(), "access[\"card\"].reason[2]");
    }
}
