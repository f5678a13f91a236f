//! Who waits. A request that waits holds a place and asks the database again and again, so nobody may wait without end.

use std::collections::HashMap;
use std::sync::Arc;

use fanner_model::{CallerId, Code, Problem, Role};
use parking_lot::Mutex;

use crate::access::Actor;

/// The waits under way, by token. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Arc<Mutex<HashMap<CallerId, usize>>>);

/// A place to wait, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    waiting: Waiting,
    caller: CallerId,
}

impl Waiting {
    /// A place for one more wait.
    ///
    /// # Errors
    /// The token has as many as it may have.
    pub(crate) fn enter(&self, actor: &Actor) -> Result<Place, Problem> {
        let most = most(actor.role);
        let mut waits = self.0.lock();
        let held = waits.entry(actor.caller.clone()).or_default();
        if most <= *held {
            let detail =
                format!("this token waits for {held} answers already, which is the most; wait for one of them");
            return Err(Problem::new(Code::TooManyWaits, detail));
        }
        *held += 1;
        Ok(Place { waiting: self.clone(), caller: actor.caller.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waits = self.waiting.0.lock();
        if let Some(held) = waits.get_mut(&self.caller) {
            *held -= 1;
            if *held == 0 {
                waits.remove(&self.caller);
            }
        }
    }
}

/// How often one token may wait at a time: a Terraform run for each stream that it works on, a fanner once, though
/// several may share a token.
fn most(role: Role) -> usize {
    match role {
        Role::Member | Role::Platform | Role::Security | Role::Auditor => 64,
        Role::Fanner => 128,
    }
}

#[cfg(test)]
mod tests {
    use fanner_model::Scope;

    use super::*;

    #[test]
    fn a_token_has_places_of_its_own_and_may_use_them_again() {
        let (waiting, one, other) = (Waiting::default(), actor("token:1"), actor("token:2"));
        let mut places: Vec<_> = (0..64).map(|_| waiting.enter(&one).unwrap()).collect();
        let refused = waiting.enter(&one).unwrap_err();
        assert_eq!(refused.detail, "this token waits for 64 answers already, which is the most; wait for one of them");
        assert!(waiting.enter(&other).is_ok());
        places.pop();
        assert!(waiting.enter(&one).is_ok());
    }

    #[test]
    fn nothing_is_kept_of_a_token_that_no_longer_waits() {
        let waiting = Waiting::default();
        drop(waiting.enter(&actor("token:1")));
        assert!(waiting.0.lock().is_empty());
    }

    fn actor(caller: &str) -> Actor {
        Actor {
            caller: caller.parse().unwrap(),
            team: "fraud".parse().unwrap(),
            role: Role::Member,
            scope: Scope::Full,
            request: None,
        }
    }
}
