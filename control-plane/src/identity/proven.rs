//! Who a proof says is calling, once it is believed.

use fanner_model::{CallerId, Role, Scope, TeamName};
use jiff::{SignedDuration, Timestamp};

use super::rejection::Rejection;

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    pub caller: CallerId,
    pub team: TeamName,
    pub role: Role,
    pub scope: Scope,
    pub single: Single,
    /// How long the session lasts that it begins.
    pub session: SignedDuration,
}

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub caller: CallerId,
    pub team: TeamName,
    pub role: Role,
    pub scope: Scope,
}

/// What makes a proof good for a few times only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Single {
    /// The same for every copy of the proof, and for no other.
    pub id: String,
    /// How often it may be used.
    pub times: u32,
    /// From when on it would be refused for its age.
    pub until: Timestamp,
}

/// The id of a caller: where it comes from, and who it is there. Characters that an id cannot have are written as in URLs,
/// so that two callers never have the same one.
///
/// # Errors
/// It would be longer than an id can be.
pub(super) fn caller_id(from: &[&str], subject: &str) -> Result<CallerId, Rejection> {
    let mut id = from.join(":") + ":";
    for byte in subject.bytes() {
        match byte.is_ascii_graphic() && byte != b'%' {
            true => id.push(char::from(byte)),
            false => id += &format!("%{byte:02X}"),
        }
    }
    id.parse().map_err(|_| {
        Rejection::Unacceptable(format!("the caller's name is {} bytes long, which is too much", subject.len()))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_caller_is_named_by_where_it_comes_from_and_who_it_is_there() {
        let id = caller_id(&["workload", "hcp"], "organization:acme:project:My Project:run_phase:plan").unwrap();
        assert_eq!(id.as_str(), "workload:hcp:organization:acme:project:My%20Project:run_phase:plan");
        assert!(caller_id(&["workload", "hcp"], &"x".repeat(300)).is_err());
    }

    proptest! {
        #[test]
        fn two_callers_never_have_the_same_name(one in ".{0,20}", other in ".{0,20}") {
            let id = |subject: &str| caller_id(&["workload", "ci"], subject);
            prop_assert_eq!(id(&one).unwrap() == id(&other).unwrap(), one == other);
        }
    }
}
