//! What a revocation cannot take back: records that were delivered stay in the consumer's stream for its retention. Pure.

use fanner_model::{Exposure, Grant, RetentionHours, Stream};
use jiff::{SignedDuration, Timestamp};

/// What is left in `stream` of what `grant` let in until `last`; `None`: nothing.
pub(super) fn exposure(grant: &Grant, stream: Option<&Stream>, last: Timestamp, now: Timestamp) -> Option<Exposure> {
    let stream = stream.filter(|stream| stream.team == grant.team && stream.created_at <= last)?;
    let retention_hours = retention(stream);
    let readable_until = after(last, retention_hours);
    let exposure = || Exposure {
        stream: stream.name.clone(),
        retention_hours,
        readable_until,
        remedies: remedies(stream, retention_hours, last),
    };
    (now < readable_until).then(exposure)
}

/// How many hours a record stays: what is asked for, or what Kinesis said when it was last asked, if that is longer.
fn retention(stream: &Stream) -> i32 {
    let seen = stream.status.seen.as_ref().map(|seen| seen.retention_hours);
    seen.unwrap_or_default().max(stream.spec.retention_hours.get())
}

fn remedies(stream: &Stream, retention_hours: i32, last: Timestamp) -> Vec<String> {
    let name = &stream.name;
    let least = RetentionHours::default().get();
    let lower = (least < retention_hours).then(|| {
        let until = after(last, least);
        format!("lower `retention_hours` of stream `{name}` to {least}: then nothing of it is left from {until:.0} on")
    });
    let readers = stream.spec.readers.len();
    let cut = (0 < readers).then(|| {
        format!("take all roles out of `readers` of stream `{name}`, of which it has {readers}: then its resource policy lets nobody read it")
    });
    let anew = format!(
        "delete stream `{name}` and create it anew: then nothing that was delivered to it is left, of other events neither"
    );
    lower.into_iter().chain(cut).chain([anew]).collect()
}

fn after(last: Timestamp, hours: i32) -> Timestamp {
    last.saturating_add(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MAX)
}
