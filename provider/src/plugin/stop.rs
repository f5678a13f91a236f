//! Terraform's "please come to an end": cancels what runs now, not what is asked for afterwards.

use std::sync::Mutex;

use tokio_util::sync::CancellationToken;

#[derive(Debug, Default)]
pub struct Stop(Mutex<CancellationToken>);

impl Stop {
    /// The token that the next [`Stop::stop`] cancels.
    pub fn token(&self) -> CancellationToken {
        self.0.lock().expect("nobody panics while holding this lock").clone()
    }

    /// Cancels everything that took a token so far.
    pub fn stop(&self) {
        let mut current = self.0.lock().expect("nobody panics while holding this lock");
        std::mem::take(&mut *current).cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopping_cancels_what_began_before_it_and_nothing_later() {
        let stop = Stop::default();
        let before = stop.token();
        stop.stop();
        assert!(before.is_cancelled());
        assert!(!stop.token().is_cancelled());
    }
}
