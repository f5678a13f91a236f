//! What is to be done about a stream, from what is wanted and what Kinesis has. Pure: same input, same plan.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{Seen, StreamId, StreamSpec};

use super::{Activity, Found, Step, ladder};

/// What is wanted of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    pub id: StreamId,
    pub spec: &'a StreamSpec,
    pub life: Life,
    /// Whether somebody asked for something that is not real yet. If not, only who may read is repaired; other
    /// differences are drift, to be told and left for the next apply.
    pub changed: bool,
    /// Whether that concerns the capacity. If not, a shard count that somebody else chose stays.
    pub capacity_changed: bool,
}

/// Where a stream is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Kinesis never had it.
    New,
    /// Kinesis had it.
    Made,
    /// It shall go. `fed`: a fanner may still be writing to it.
    Going { fed: bool },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// These, in this order; none if the stream is as asked for.
    Steps(Vec<Step>),
    /// Nothing now: Kinesis is busy with it, or a fanner is.
    Wait,
    /// Nothing, ever: it is somebody else's stream.
    Foreign,
    /// Nothing until its owner asks: somebody deleted it, and its records with it.
    Missing,
    /// The record of it can go as well.
    Gone,
}

/// What is to be done about a stream.
pub(crate) fn plan(wanted: &Wanted<'_>, found: Option<&Found>) -> Plan {
    let ours = found.filter(|found| found.belongs_to(wanted.id));
    match (wanted.life, ours, found) {
        (Life::Going { .. }, None, _) => Plan::Gone,
        (Life::Going { fed: true }, Some(_), _) => Plan::Wait,
        (Life::Going { fed: false }, Some(found), _) => match found.activity {
            Activity::Deleting => Plan::Wait,
            Activity::Creating | Activity::Idle | Activity::Updating => Plan::Steps(vec![Step::Delete]),
        },
        (Life::New | Life::Made, None, Some(found)) if found.activity == Activity::Deleting => Plan::Wait,
        (Life::New | Life::Made, None, Some(_)) => Plan::Foreign,
        (Life::Made, None, None) => Plan::Missing,
        (Life::New, None, None) => Plan::Steps(creation(wanted)),
        (Life::New | Life::Made, Some(found), _) => match found.activity {
            Activity::Idle => Plan::Steps(differences(wanted, found)),
            Activity::Creating | Activity::Updating | Activity::Deleting => Plan::Wait,
        },
    }
}

/// The steps in words: what a plan shows to people.
pub(crate) fn sentences(plan: &Plan) -> Vec<String> {
    match plan {
        Plan::Steps(steps) => steps.iter().map(Step::sentence).collect(),
        Plan::Wait | Plan::Foreign | Plan::Missing | Plan::Gone => Vec::new(),
    }
}

/// Creating a stream, then whatever it does not have at its creation.
fn creation(wanted: &Wanted<'_>) -> Vec<Step> {
    let Wanted { id, spec, .. } = wanted;
    let create = Step::Create { id: *id, shards: spec.shard_count, tags: spec.tags.clone().into() };
    std::iter::once(create).chain(differences(wanted, &just_created(wanted))).collect()
}

fn just_created(wanted: &Wanted<'_>) -> Found {
    let Wanted { id, spec, .. } = wanted;
    let seen = Seen {
        observed_at: jiff::Timestamp::UNIX_EPOCH,
        arn: String::new(),
        on_demand: spec.shard_count.is_none(),
        open_shard_count: spec.shard_count.map_or(0, |shards| shards.get()),
        retention_hours: fanner_model::RetentionHours::default().get(),
        kms_key: None,
        tags: spec.tags.clone().into(),
        readers: BTreeSet::new(),
        reader_role: None,
    };
    Found::ours(*id, seen)
}

/// The steps from an idle stream of ours to what is wanted: first who may read and how it is stored, then how much.
fn differences(wanted: &Wanted<'_>, found: &Found) -> Vec<Step> {
    let mut steps = Vec::new();
    steps.extend(readers(wanted.spec, found));
    if wanted.changed {
        steps.extend(tags(wanted.spec, found));
    }
    steps.extend(encryption(wanted.spec, &found.seen));
    if wanted.changed {
        steps.extend(retention(wanted.spec, &found.seen));
        steps.extend(capacity(wanted, &found.seen));
    }
    steps
}

fn readers(spec: &StreamSpec, found: &Found) -> Option<Step> {
    let same = spec.readers.iter().map(|role| role.as_str()).eq(found.seen.readers.iter().map(String::as_str));
    match (same && found.policy_is_plain, spec.readers.is_empty()) {
        (true, _) => None,
        (false, true) => Some(Step::LetNobodyRead),
        (false, false) => Some(Step::LetRead { readers: spec.readers.clone() }),
    }
}

fn tags(spec: &StreamSpec, found: &Found) -> Vec<Step> {
    let wanted = BTreeMap::from(spec.tags.clone());
    let keys: BTreeSet<_> = found.seen.tags.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
    let tags: BTreeMap<_, _> =
        wanted.into_iter().filter(|(key, value)| found.seen.tags.get(key) != Some(value)).collect();
    let untag = (!keys.is_empty()).then_some(Step::Untag { keys });
    let tag = (!tags.is_empty()).then_some(Step::Tag { tags });
    untag.into_iter().chain(tag).collect()
}

fn encryption(spec: &StreamSpec, seen: &Seen) -> Option<Step> {
    match (&spec.kms_key_arn, &seen.kms_key) {
        (None, None) => None,
        (None, Some(key)) => Some(Step::Decrypt { key: key.clone() }),
        (Some(wanted), Some(key)) if is_same_key(wanted.as_str(), key) => None,
        (Some(wanted), _) => Some(Step::Encrypt { key: wanted.clone() }),
    }
}

/// Whether two texts name one key: Kinesis may answer with the bare id or alias of what it was given as an ARN.
fn is_same_key(one: &str, other: &str) -> bool {
    let bare = |text: &str| {
        let resource = text.rsplit(':').next().unwrap_or(text);
        resource.strip_prefix("key/").unwrap_or(resource).to_owned()
    };
    bare(one) == bare(other)
}

fn retention(spec: &StreamSpec, seen: &Seen) -> Option<Step> {
    let to = spec.retention_hours;
    match seen.retention_hours.cmp(&to.get()) {
        std::cmp::Ordering::Less => Some(Step::RaiseRetention { to }),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Step::LowerRetention { to }),
    }
}

fn capacity(wanted: &Wanted<'_>, seen: &Seen) -> Vec<Step> {
    let Some(shards) = wanted.spec.shard_count else {
        return if seen.on_demand { Vec::new() } else { vec![Step::SetOnDemand] };
    };
    let (from, to) = (seen.open_shard_count, shards.get());
    let mode = seen.on_demand.then_some(Step::SetProvisioned);
    let next = ladder::next(from, to).filter(|_| wanted.capacity_changed);
    mode.into_iter().chain(next.map(|next| Step::SetShards { from, next, to })).collect()
}

#[cfg(test)]
mod tests {
    use fanner_model::StreamSpec;
    use insta::assert_snapshot;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_new_stream_is_created_then_completed() {
        let spec = json!({"shard_count": 2, "retention_hours": 48, "tags": {"team": "fraud"}, "readers": [READER], "kms_key_arn": "alias/fraud"});
        assert_snapshot!(planned(Life::New, &spec, None), @r"
        create the stream with 2 shards
        let only role `arn:aws:iam::123456789012:role/reader` read
        encrypt records with `alias/fraud`
        raise retention to 48 hours
        ");
    }

    #[test]
    fn a_stream_as_asked_for_needs_nothing() {
        assert_snapshot!(planned(Life::Made, &json!({"shard_count": 2}), Some(&made())), @"as asked for");
    }

    #[test]
    fn shards_go_up_and_down_in_steps_that_kinesis_takes() {
        assert_snapshot!(planned(Life::Made, &json!({"shard_count": 5}), Some(&made())), @"raise shards from 2 to 4, then to 5");
        let five = with(made(), |seen| seen.open_shard_count = 5);
        assert_snapshot!(planned(Life::Made, &json!({"shard_count": 1}), Some(&five)), @"lower shards from 5 to 3, then to 2, then to 1");
    }

    #[test]
    fn modes_switch_both_ways() {
        assert_snapshot!(planned(Life::Made, &json!({}), Some(&made())), @"switch to on-demand");
        let on_demand = with(made(), |seen| (seen.on_demand, seen.open_shard_count) = (true, 4));
        assert_snapshot!(planned(Life::Made, &json!({"shard_count": 1}), Some(&on_demand)), @r"
        switch to provisioned
        lower shards from 4 to 2, then to 1
        ");
    }

    #[test]
    fn retention_tags_and_encryption_are_brought_to_what_was_asked_for() {
        let found = with(made(), |seen| {
            seen.retention_hours = 48;
            seen.tags = [("old".into(), "x".into()), ("kept".into(), "x".into())].into();
            seen.kms_key = Some("alias/other".into());
        });
        let spec = json!({"shard_count": 2, "tags": {"kept": "y", "new": "z"}});
        assert_snapshot!(planned(Life::Made, &spec, Some(&found)), @r"
        remove tag `old`
        set tags `kept`, `new`
        stop encrypting records with `alias/other`
        lower retention to 24 hours, which drops older records
        ");
    }

    #[test]
    fn nobody_asked_so_only_who_may_read_is_repaired() {
        let found = with(made(), |seen| {
            seen.retention_hours = 48;
            seen.open_shard_count = 7;
            seen.tags = [("old".into(), "x".into())].into();
            seen.kms_key = Some("alias/other".into());
            seen.readers = ["arn:aws:iam::123456789012:role/stranger".into()].into();
        });
        let spec = spec(&json!({"shard_count": 2}));
        let wanted = Wanted { changed: false, capacity_changed: false, ..wanted(&spec, Life::Made) };
        assert_snapshot!(shown(&plan(&wanted, Some(&found))), @r"
        let no other role read
        stop encrypting records with `alias/other`
        ");
    }

    #[test]
    fn a_shard_count_that_somebody_else_chose_stays_when_something_else_is_asked_for() {
        let spec = spec(&json!({"shard_count": 2, "retention_hours": 48}));
        let wanted = Wanted { capacity_changed: false, ..wanted(&spec, Life::Made) };
        let found = with(made(), |seen| seen.open_shard_count = 7);
        assert_snapshot!(shown(&plan(&wanted, Some(&found))), @"raise retention to 48 hours");
    }

    #[test]
    fn a_policy_that_says_more_than_who_may_read_is_replaced() {
        let found = Found { policy_is_plain: false, ..made() };
        assert_snapshot!(planned(Life::Made, &json!({"shard_count": 2}), Some(&found)), @"let no other role read");
    }

    #[test]
    fn a_busy_stream_is_left_until_kinesis_is_done() {
        for activity in [Activity::Creating, Activity::Updating, Activity::Deleting] {
            let found = Found { activity, ..made() };
            assert_eq!(planned(Life::Made, &json!({"shard_count": 5}), Some(&found)), "Wait");
        }
    }

    #[test]
    fn a_stream_without_our_tag_is_never_touched() {
        let foreign = Found { owner: None, ..made() };
        for (life, expected) in [(Life::New, "Foreign"), (Life::Made, "Foreign"), (Life::Going { fed: false }, "Gone")]
        {
            assert_eq!(planned(life, &json!({}), Some(&foreign)), expected);
        }
        let going = Found { activity: Activity::Deleting, ..foreign };
        assert_eq!(planned(Life::New, &json!({}), Some(&going)), "Wait");
    }

    #[test]
    fn a_stream_that_was_deleted_behind_our_back_is_not_created_anew() {
        assert_eq!(planned(Life::Made, &json!({}), None), "Missing");
    }

    #[test]
    fn a_stream_is_deleted_once_no_fanner_writes_to_it() {
        assert_eq!(planned(Life::Going { fed: true }, &json!({}), Some(&made())), "Wait");
        assert_eq!(planned(Life::Going { fed: false }, &json!({}), Some(&made())), "delete the stream");
        assert_eq!(planned(Life::Going { fed: false }, &json!({}), None), "Gone");
    }

    #[test]
    fn a_key_is_the_same_by_its_arn_and_by_its_id() {
        assert!(is_same_key("arn:aws:kms:eu-west-1:123456789012:key/abc-1", "abc-1"));
        assert!(is_same_key("arn:aws:kms:eu-west-1:123456789012:alias/fraud", "alias/fraud"));
        assert!(!is_same_key("alias/fraud", "alias/frauds"));
    }

    const READER: &str = "arn:aws:iam::123456789012:role/reader";

    fn id() -> StreamId {
        "018f6b1e-7c5a-7bd0-9d2c-0242ac120002".parse().unwrap()
    }

    fn spec(json: &Value) -> StreamSpec {
        serde_json::from_value(json.clone()).unwrap()
    }

    fn wanted(spec: &StreamSpec, life: Life) -> Wanted<'_> {
        Wanted { id: id(), spec, life, changed: true, capacity_changed: true }
    }

    fn planned(life: Life, json: &Value, found: Option<&Found>) -> String {
        shown(&plan(&wanted(&spec(json), life), found))
    }

    fn shown(plan: &Plan) -> String {
        match plan {
            Plan::Steps(steps) if steps.is_empty() => "as asked for".into(),
            Plan::Steps(_) => sentences(plan).join("\n"),
            other => format!("{other:?}"),
        }
    }

    /// A stream of ours with two shards and nothing else.
    fn made() -> Found {
        let spec = spec(&json!({"shard_count": 2}));
        just_created(&wanted(&spec, Life::New))
    }

    fn with(mut found: Found, change: impl FnOnce(&mut Seen)) -> Found {
        change(&mut found.seen);
        found
    }
}
