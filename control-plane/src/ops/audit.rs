//! The audit log: who answers for what is done, what is refused, and what the log can prove.

use fanner_audit::{Action as Attempted, Node, Subject, proof};
use fanner_model::{AuditCheckpoint, AuditProof, AuditRecord, Code, Digest, Page};
use jiff::Timestamp;

use super::{Part, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::store::{Author, Deed, Store};

/// The caller that whoever holds the database itself acts as.
const OPERATOR: &str = "operator:database";

/// The caller that the control plane itself acts as.
const PLATFORM: &str = "fanner:control-plane";

/// A caller as the author of what it does now.
pub(super) fn author(app: &App, actor: &Actor) -> Author {
    Author { caller: actor.caller.clone(), at: app.clock.now(), request: actor.request.clone() }
}

/// The control plane itself, when it does what follows from what others did.
pub(super) fn platform(app: &App) -> Author {
    Author { caller: PLATFORM.parse().expect("it is printable"), at: app.clock.now(), request: None }
}

/// Whoever holds the database itself.
pub(super) fn operator(at: Timestamp) -> Author {
    Author { caller: OPERATOR.parse().expect("it is printable"), at, request: None }
}

/// Records that a caller was refused.
pub(crate) async fn refused(
    app: &App,
    actor: &Actor,
    attempted: Attempted,
    subject: Subject,
    reason: &str,
) -> Result<(), Error> {
    app.store.record_refusal(&author(app, actor), Deed::refused(attempted, subject, reason)).await?;
    Ok(())
}

/// The log, place by place.
pub(crate) async fn entries(app: &App, actor: &Actor, part: &Part) -> Result<Page<AuditRecord>, Error> {
    allow(actor, Action::ReadAudit)?;
    let first = number(part)?.map_or(0, |after| after.saturating_add(1));
    let records = app.store.audit_records(first, part.limit).await?;
    Ok(page(records, part, |record| record.seq.to_string()))
}

/// The checkpoints that were signed, in the order of their sizes.
pub(crate) async fn checkpoints(app: &App, actor: &Actor, part: &Part) -> Result<Page<AuditCheckpoint>, Error> {
    allow(actor, Action::ReadAudit)?;
    let checkpoints = app.store.checkpoints(number(part)?.unwrap_or_default(), part.limit).await?;
    let shown = |(size, note)| AuditCheckpoint { size, note, key: app.notary.key() };
    let checkpoints = checkpoints.into_iter().map(|checkpoint| shown((checkpoint.size, checkpoint.note))).collect();
    Ok(page(checkpoints, part, |checkpoint: &AuditCheckpoint| checkpoint.size.to_string()))
}

/// The newest checkpoint.
pub(crate) async fn checkpoint(app: &App, actor: &Actor) -> Result<AuditCheckpoint, Error> {
    allow(actor, Action::ReadAudit)?;
    let newest = app.store.newest_checkpoint().await?;
    let newest =
        newest.ok_or_else(|| Error::refused(Code::NotFound, "no checkpoint was signed yet; ask in a minute"))?;
    Ok(AuditCheckpoint { size: newest.size, note: newest.note, key: app.notary.key() })
}

/// Proves of the log of `to` entries, or of the newest checkpoint, that it has `entry`, or that it begins with the log of
/// `from` entries.
pub(crate) async fn prove(
    app: &App,
    actor: &Actor,
    entry: Option<u64>,
    from: Option<u64>,
    to: Option<u64>,
) -> Result<AuditProof, Error> {
    allow(actor, Action::ReadAudit)?;
    let size = match to {
        Some(to) => to,
        None => checkpoint(app, actor).await?.size,
    };
    let (spans, impossible) = match (entry, from) {
        (Some(seq), None) => (proof::inclusion(seq, size), format!("a log of {size} entries has no entry {seq}")),
        (None, Some(from)) => {
            (proof::consistency(from, size), format!("a log of {size} entries cannot begin with one of {from}"))
        }
        (None, None) | (Some(_), Some(_)) => (None, "say what is to be proved: either `entry` or `from`".to_owned()),
    };
    let spans = spans.ok_or_else(|| Error::refused(Code::InvalidRequest, impossible))?;
    let mut hashes = Vec::with_capacity(spans.len());
    for span in spans {
        let nodes = hashes_of(&app.store, &span.nodes()).await?;
        let nodes =
            nodes.ok_or_else(|| Error::refused(Code::NotFound, format!("the log has no {size} entries yet")))?;
        hashes.push(proof::Span::hash(&nodes));
    }
    Ok(AuditProof { size, hashes })
}

/// The hashes of subtrees; `None` if the log does not have one of them.
async fn hashes_of(store: &Store, nodes: &[Node]) -> Result<Option<Vec<Digest>>, Error> {
    let mut hashes = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(hash) = store.audit_node(*node).await? else { return Ok(None) };
        hashes.push(hash);
    }
    Ok(Some(hashes))
}

/// The number after which a page begins.
fn number(part: &Part) -> Result<Option<u64>, Error> {
    match part.after.as_str() {
        "" => Ok(None),
        text => {
            let wrong = |_| Error::refused(Code::InvalidRequest, format!("`after` must be a number, not `{text}`"));
            text.parse().map(Some).map_err(wrong)
        }
    }
}
