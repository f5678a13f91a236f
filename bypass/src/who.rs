//! Those who may turn out to read: the account's own identities, and whoever else a policy names.

use crate::account::Identity;
use crate::condition::Context;
use crate::document::{Named, These};
use crate::truth::Truth;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Who<'a> {
    /// One of the account, all of whose policies are known.
    Identity(&'a Identity),
    /// Somebody else, of whom only the name is known.
    Outsider(&'a Named),
}

/// How somebody is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    Not,
    /// Their account is: it decides whom of its own it lets.
    ByAccount,
    Directly,
}

impl Who<'_> {
    /// Whether a statement that allows something lets them in without asking their account.
    pub(crate) fn are_let_in(self, principals: &These<Named>) -> Truth {
        let counts = match principals {
            These::Only(_) => |naming| naming == Naming::Directly,
            These::AllBut(_) => |naming| naming != Naming::Not,
        };
        principals.truth(|named| Truth::is(counts(self.naming(named))))
    }

    /// Whether a statement leaves it to their account whom it lets in.
    pub(crate) fn are_left_to_their_account(self, principals: &These<Named>) -> Truth {
        principals.truth(|named| Truth::is(self.naming(named) == Naming::ByAccount))
    }

    /// Whether a statement that denies something is about them.
    pub(crate) fn are_meant(self, principals: &These<Named>) -> Truth {
        principals.truth(|named| match named {
            // One session of a role is not the role.
            Named::Identity(text) if is_session(text) && self.naming(named) != Naming::Not => {
                Truth::only_if(format!("the session is `{text}`"))
            }
            _ => Truth::is(self.naming(named) != Naming::Not),
        })
    }

    fn naming(self, named: &Named) -> Naming {
        let itself = |is: bool| if is { Naming::Directly } else { Naming::Not };
        match (self, named) {
            (_, Named::Everybody) => Naming::Directly,
            (Self::Identity(identity), Named::Account(account)) => {
                if account_of(identity.arn.as_str()) == Some(account) { Naming::ByAccount } else { Naming::Not }
            }
            (Self::Identity(identity), Named::Identity(text)) => itself(identity.is_called(text)),
            (Self::Identity(_), Named::Service(_) | Named::Federated(_)) => Naming::Not,
            // Whom a foreign account lets is its own affair: it is let in as a whole.
            (Self::Outsider(Named::Identity(text)), Named::Account(account)) => {
                itself(account_of(text) == Some(account))
            }
            (Self::Outsider(outsider), named) => itself(outsider == named),
        }
    }

    /// What is known about every request of theirs.
    pub(crate) fn context(self) -> Context {
        let arn = match self {
            Self::Identity(identity) => Some(identity.arn.as_str()),
            Self::Outsider(Named::Identity(arn)) if account_of(arn).is_some() && !is_session(arn) => Some(arn.as_str()),
            Self::Outsider(_) => None,
        };
        let account = match self {
            Self::Outsider(Named::Account(account)) => Some(account.as_str()),
            Self::Outsider(_) | Self::Identity(_) => arn.and_then(account_of),
        };
        let known = [("aws:principalarn", arn), ("aws:principalaccount", account), ("kms:calleraccount", account)];
        known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect()
    }
}

impl Identity {
    /// Whether a policy that names `text` means it: its ARN, its unique id, or a session of it.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        let arn = self.arn.as_str();
        let session = || {
            let role = text.split_once(":assumed-role/")?.1.split('/').next()?;
            Some(account_of(text) == account_of(arn) && arn.contains(":role/") && arn.rsplit('/').next() == Some(role))
        };
        arn == text || self.unique_id == text || session() == Some(true)
    }
}

/// The number of the account that an ARN belongs to.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

fn is_session(arn: &str) -> bool {
    arn.contains(":assumed-role/")
}
