//! Who may become a role: its trust policy, which also notes since when nobody else may.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::reconcile::document::{allowed, normal};

/// What a trust policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    pub trusted: BTreeSet<String>,
    /// When somebody was last taken out: sessions that began before shall be denied. To the second.
    pub since: Option<Timestamp>,
    /// Whether the policy is exactly the one that [`Trust::written`] gives.
    pub is_plain: bool,
}

/// How the name of the statement begins. IAM takes nothing but letters and digits in it.
const SID: &str = "FannerTrusts";
const SINCE: &str = "FannerTrustsSince";

impl Trust {
    /// Trust in these and nobody else.
    pub(crate) fn of(trusted: BTreeSet<String>, since: Option<Timestamp>) -> Self {
        Self { trusted, since, is_plain: true }
    }

    /// The trust policy that says so.
    pub(crate) fn written(&self) -> Value {
        let sid = self.since.map_or(SID.to_owned(), |since| format!("{SINCE}{}", since.as_second()));
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": sid,
                "Effect": "Allow",
                "Principal": { "AWS": self.trusted },
                "Action": "sts:AssumeRole",
            }],
        })
    }

    /// What a trust policy of IAM says.
    pub(crate) fn read(policy: &Value) -> Self {
        let sid = normal(policy)["Statement"]["Sid"].as_str().and_then(|sid| sid.strip_prefix(SINCE)?.parse().ok());
        let since = sid.and_then(|second| Timestamp::from_second(second).ok());
        let read = Self::of(allowed(policy).collect(), since);
        Self { is_plain: normal(policy) == normal(&read.written()), ..read }
    }
}

/// The policy that denies the sessions that began before a moment.
pub(crate) fn ending(before: Timestamp) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "FannerEndsOlderSessions",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": { "DateLessThan": { "aws:TokenIssueTime": before.to_string() } },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_trust_is_read_back() {
        for since in [None, Some(Timestamp::from_second(1_763_728_495).unwrap())] {
            for trusted in [&["role/a"][..], &["role/a", "role/b"]] {
                let trust = Trust::of(trusted.iter().map(|&role| role.to_owned()).collect(), since);
                assert_eq!(Trust::read(&trust.written()), trust);
            }
        }
    }

    #[test]
    fn a_trust_that_says_more_is_not_plain() {
        let plain = Trust::of(["role/a".to_owned()].into(), None).written();
        let changed = |change: fn(&mut Value)| {
            let mut policy = plain.clone();
            change(&mut policy);
            let Trust { trusted, is_plain, .. } = Trust::read(&policy);
            assert!(!is_plain, "{policy}");
            trusted
        };
        changed(|policy| policy["Statement"][0]["Action"] = json!("sts:*"));
        changed(|policy| policy["Statement"][0]["Sid"] = json!("Somebody"));
        changed(|policy| *policy = json!(null));
        let service = json!({"AWS": ["role/a"], "Service": "ec2.amazonaws.com"});
        let mut policy = plain.clone();
        policy["Statement"][0]["Principal"] = service;
        assert_eq!(Trust::read(&policy).trusted, ["ec2.amazonaws.com".to_owned(), "role/a".into()].into());
        assert!(!Trust::read(&policy).is_plain);
    }

    #[test]
    fn the_moment_before_which_sessions_end_is_written_as_iam_reads_it() {
        let policy = ending(Timestamp::from_second(1_763_728_495).unwrap());
        let expected = json!({"DateLessThan": {"aws:TokenIssueTime": "2025-11-21T12:34:55Z"}});
        assert_eq!(policy["Statement"][0]["Condition"], expected);
    }
}
