//! Sessions.

use fanner_model::{NewSession, Proof};

use crate::{Client, Error};

impl Client {
    /// Begins a session of whoever the proof says is calling. Its secret is in the answer and nowhere else; a client that
    /// presents it is another one.
    pub async fn begin_session(&self, proof: &Proof) -> Result<NewSession, Error> {
        self.post(&["sessions"], proof).await
    }
}
