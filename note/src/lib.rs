//! What must be believed elsewhere: texts signed as notes, and the note that confirms a rule set. Pure: keys and texts in,
//! texts out, no clock, no I/O.

mod confirmation;
mod signed;

pub use confirmation::{Confirmation, RULES, digest};
pub use signed::{KeyError, NoteError, Signer, Verifier};
