//! What can be told of whether something holds: yes, no, or only under conditions that no description answers.

use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    /// It depends on these conditions, in words. There may be none worth telling.
    Maybe(BTreeSet<String>),
    Yes,
}

impl Truth {
    pub(crate) fn is(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// It holds if `condition`, in words, does.
    pub(crate) fn only_if(condition: String) -> Self {
        Self::Maybe([condition].into())
    }

    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) | (other, Self::Yes) => other,
            (Self::Maybe(one), Self::Maybe(other)) => Self::Maybe(one.into_iter().chain(other).collect()),
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, other) | (other, Self::No) => other,
            (Self::Maybe(one), Self::Maybe(other)) => Self::Maybe(one.into_iter().chain(other).collect()),
        }
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe(conditions) => Self::Maybe(conditions),
            Self::Yes => Self::No,
        }
    }

    /// Whether one of many holds.
    pub(crate) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::No, Self::or)
    }

    /// Whether all of many hold.
    pub(crate) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::Yes, Self::and)
    }
}
