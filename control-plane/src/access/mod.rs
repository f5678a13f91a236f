//! Who may do what, and which team may have which event. Pure, and default deny: what no rule here allows is refused.

mod action;
mod event;

pub(crate) use action::{Action, Actor, allow, allow_for, allow_team};
pub(crate) use event::decide;
