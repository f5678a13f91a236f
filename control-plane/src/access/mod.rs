//! Who may do what. Pure, and default deny: what no rule here allows is refused.

mod action;

pub(crate) use action::{Action, Actor, allow, allow_for, allow_team};
