//! Sessions: a proof of who is calling is exchanged for a secret that lasts minutes.

use std::net::IpAddr;

use fanner_model::{NewSession, Proof};
use jiff::Timestamp;
use tracing::info;

use super::caller::{admit, reject};
use super::secret;
use crate::app::App;
use crate::error::Error;
use crate::identity::{Proven, Rejection, Single};
use crate::store::{Author, ProofUse, SessionRecord};

/// Begins a session for whoever the proof says is calling.
///
/// # Errors
/// The proof is not good, was used up, or cannot be checked right now. Or too many attempts from `source` failed.
pub(crate) async fn begin(
    app: &App,
    source: IpAddr,
    request: Option<String>,
    proof: &Proof,
) -> Result<NewSession, Error> {
    let now = app.clock.now();
    admit(app, source, now)?;
    let proven = app.identity.prove(proof, now).await.map_err(|rejection| reject(app, source, now, rejection))?;
    let Proven { caller, team, role, scope, single, session } = proven;
    let expires_at = now.saturating_add(session).unwrap_or(Timestamp::MAX);
    let session = SessionRecord { caller, team, role, scope, expires_at };
    let Single { id, times, until } = single;
    let secret = secret::fresh(secret::SESSION);
    let hash = secret::hash(secret.expose());
    let author = Author { caller: session.caller.clone(), at: now, request };
    if !app.store.begin_session(&author, &session, &hash, &ProofUse { id, times, until }).await? {
        let words = match times {
            1 => "the proof was exchanged before; it is good once, so get a new one".to_owned(),
            times => {
                format!("the proof was exchanged {times} times before, which is as often as it may; get a new one")
            }
        };
        return Err(reject(app, source, now, Rejection::Unacceptable(words)));
    }
    let SessionRecord { caller, team, role, scope, expires_at } = session;
    info!(%caller, %team, %role, %scope, %source, %expires_at, "session began");
    Ok(NewSession { secret, caller, team, role, scope, expires_at })
}
