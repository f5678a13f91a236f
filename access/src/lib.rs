//! Whether a stream may have an event.
//!
//! Facts in, decisions out: no clock, no I/O. [Cedar](https://www.cedarpolicy.com) decides by [`Policies`]; what is not permitted is
//! denied, a `forbid` beats every `permit`, and an error while evaluating is a refusal.
//!
//! ```
//! use fanner_access::Policies;
//!
//! let documents = [("default".parse()?, Policies::DEFAULT.to_owned())].into();
//! let policies = Policies::parse(&documents).expect("the document ships with the crate");
//! # Ok::<(), fanner_model::NameError>(())
//! ```
//!
//! A [`Question`] is about one stream and one event type, with everything that is known about them. [`Policies::decide`] answers it with
//! a [`Decision`]; a [`Judge`] answers many about one world, and asks Cedar only once what is the same for several.
//!
//! - **active**: Cedar allows it, under one of the live grants or without any. The [`Permit`]s say until when and without which fields.
//! - **pending**: Cedar would allow it under a grant for just this, if somebody approved it. `needs` are the fewest approvals that are enough.
//! - **denied**: not even that. The reason says what would help.
//!
//! **Time.** A policy never sees the clock. It sees the grants and trainings that are valid at the moment, so an answer can change only when
//! one of them ends. Cedar is asked about each of those moments in advance, and a permit carries the exact end.
//!
//! **Reasons.** Words come from the `@reason` and `@remedy` of policies, with gaps such as `{team}` filled in. Whether something would help is
//! found by asking Cedar again with that changed, so what is recommended is what works.
//!
//! **Links.** Standing permissions and quarantines are [`Links`] of two templates, `tpl.standing` and `tpl.quarantine`. Which pairs a link is about is found
//! here; Cedar is asked with the template linked or not, so thousands of links cost as much as one.
//!
//! What a standing permission can include at all is asked of its template alone: [`Policies::standing_includes`].
//!
//! Who may approve a request is decided by the same policies: [`Policies::may_approve`].

mod approve;
mod bounds;
mod cast;
mod change;
mod decision;
mod document;
mod idle;
mod judge;
mod links;
mod named;
mod permit;
mod place;
mod policies;
mod question;
mod reason;
mod remedy;
mod scene;
mod schema;
mod standing;
mod template;
mod validate;
mod words;

pub use approve::{Approver, Approving};
pub use change::{Difference, Direction, Impact, What};
pub use decision::{Decision, Prospect};
pub use document::PolicyError;
pub use fanner_model::Permit;
pub use judge::Judge;
pub use links::Links;
pub use policies::Policies;
pub use question::Question;
pub use standing::Standing;
