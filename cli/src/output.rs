//! How answers are shown: as tables for people, as the API's JSON for programs.

use clap::ValueEnum;
use serde::Serialize;

/// How to show an answer.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Output {
    #[default]
    Table,
    Json,
}

/// What can be shown to people.
pub(crate) trait Shown: Serialize {
    /// What stands above the columns.
    const HEAD: &[&str];

    /// One line of a table: as many texts as columns.
    fn row(&self) -> Vec<String>;

    /// What is told about a single one, line by line.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Self::HEAD.iter().copied().zip(self.row()).collect()
    }
}

impl Output {
    /// Many of a kind.
    pub(crate) fn list<T: Shown>(self, items: &[T]) -> String {
        match self {
            Self::Json => json(&items),
            Self::Table => {
                let head = T::HEAD.iter().map(|&title| title.to_owned()).collect();
                let rows: Vec<_> = std::iter::once(head).chain(items.iter().map(Shown::row)).collect();
                aligned(&rows)
            }
        }
    }

    /// A single one.
    pub(crate) fn one<T: Shown>(self, item: &T) -> String {
        match self {
            Self::Json => json(item),
            Self::Table => {
                let facts = item.facts().into_iter().filter(|(_, value)| !value.is_empty());
                let rows: Vec<_> = facts.map(|(name, value)| vec![format!("{name}:"), value]).collect();
                aligned(&rows)
            }
        }
    }
}

/// Several words in one column.
pub(crate) fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

pub(crate) fn json(value: &impl Serialize) -> String {
    let text =
        serde_json::to_string_pretty(value).expect("the model's types have text keys and cannot fail to serialize");
    format!("{text}\n")
}

/// Columns under each other, two spaces apart.
fn aligned(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|text| harmless(text)).collect()).collect();
    let mut widths = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, text) in widths.iter_mut().zip(row) {
            *width = text.chars().count().max(*width);
        }
    }
    let line = |row: &Vec<String>| -> String {
        let padded = row.iter().zip(&widths).map(|(text, &width)| format!("{text:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// A text that others wrote, without what could move the cursor or recolour the terminal.
fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["one", "two"], ["eleven", ""], ["é", "x"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(aligned(&rows), "one     two\neleven\né       x\n");
    }

    #[test]
    fn what_others_wrote_cannot_take_over_the_terminal() {
        assert_eq!(harmless("no\u{1b}[2J\nmore"), "no\\u{1b}[2J\\nmore");
    }
}
