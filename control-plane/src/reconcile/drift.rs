//! Where Kinesis differs from what was asked for though nobody asked for a change.

use std::collections::BTreeMap;

use fanner_model::{Seen, StreamSpec};

/// One sentence for each difference that the next apply repairs: mode, retention and tags. Encryption and readers are not
/// among them, since they are repaired at once, and neither is the shard count, since others may rightly change it.
pub(crate) fn drift(spec: &StreamSpec, seen: &Seen) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differ = |what: String| differences.push(format!("{what}; the next apply changes it back"));
    match (spec.shard_count, seen.on_demand) {
        (None, false) => differ("the stream is provisioned in Kinesis though on-demand was asked for".into()),
        (Some(_), true) => differ("the stream is on-demand in Kinesis though shards were asked for".into()),
        (None, true) | (Some(_), false) => {}
    }
    if seen.retention_hours != spec.retention_hours.get() {
        let (is, asked) = (seen.retention_hours, spec.retention_hours);
        differ(format!("retention is {is} hours in Kinesis though {asked} were asked for"));
    }
    if seen.tags != BTreeMap::from(spec.tags.clone()) {
        differ("tags differ in Kinesis from what was asked for".into());
    }
    differences
}

/// How the shard count differs from what was asked for. It is told and left alone.
pub(super) fn resharded(spec: &StreamSpec, seen: &Seen) -> Option<String> {
    let asked = spec.shard_count.filter(|asked| !seen.on_demand && asked.get() != seen.open_shard_count)?;
    let is = seen.open_shard_count;
    Some(format!(
        "the stream has {is} shards in Kinesis though {asked} were asked for; change `shard_count` to change them"
    ))
}
