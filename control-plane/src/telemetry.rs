//! What is counted, under which names. Each control plane has numbers of its own, even if several run in one process.

use std::sync::Arc;

use fanner_model::Phase;
use jiff::Timestamp;
use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// The numbers of one control plane. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        for (name, words) in [
            (REQUESTS, "answered requests"),
            (STEPS, "changes made in AWS"),
            (CALLS, "calls to AWS"),
            (REJECTED, "callers who could not say who they are"),
        ] {
            recorder.describe_counter(name.into(), None, words.into());
        }
        recorder.describe_gauge(STREAMS.into(), None, "streams in each phase".into());
        recorder.describe_gauge(
            BYPASSES.into(),
            None,
            "who reads the Global Event Stream, by what is said about them".into(),
        );
        recorder.describe_gauge(UNREAD.into(), None, "what the bypass report could not read".into());
        recorder.describe_gauge(
            TAKEN.into(),
            Some(metrics::Unit::Seconds),
            "when the bypass report was taken, in seconds since 1970".into(),
        );
        recorder.describe_gauge(REVISION.into(), None, "revision of the rules".into());
        recorder.describe_gauge(
            STALE.into(),
            Some(metrics::Unit::Seconds),
            "time that the rules could not be renewed".into(),
        );
        recorder.describe_histogram(
            ENFORCED.into(),
            Some(metrics::Unit::Seconds),
            "time from a decision about access until every live fanner obeyed it".into(),
        );
        recorder.describe_histogram(SECONDS.into(), Some(metrics::Unit::Seconds), "time to answer a request".into());
        Self { recorder: Arc::new(recorder), handle }
    }
}

const REQUESTS: &str = "fanner_requests_total";
const SECONDS: &str = "fanner_request_seconds";
const ENFORCED: &str = "fanner_enforcement_seconds";
const STEPS: &str = "fanner_reconciler_steps_total";
const CALLS: &str = "fanner_aws_calls_total";
const REJECTED: &str = "fanner_rejected_callers_total";
const STREAMS: &str = "fanner_streams";
const BYPASSES: &str = "fanner_ges_readers";
const UNREAD: &str = "fanner_bypass_report_unread";
const TAKEN: &str = "fanner_bypass_report_taken_at_seconds";
const REVISION: &str = "fanner_rules_revision";
const STALE: &str = "fanner_rules_stale_seconds";

impl Metrics {
    /// A request was answered after `seconds`. `route` is its pattern, never the address itself.
    pub(crate) fn request(&self, method: &str, route: &str, status: u16, seconds: f64) {
        let labels = [("method", method), ("route", route), ("status", &status.to_string())];
        self.count(REQUESTS, &labels);
        self.recorder.register_histogram(&key(SECONDS, &labels[..2]), &METADATA).record(seconds);
    }

    /// A caller could not say who it is.
    pub(crate) fn rejected(&self, kind: &str) {
        self.count(REJECTED, &[("kind", kind)]);
    }

    /// A decision about a thing of this noun was obeyed by every live fanner after `seconds`.
    pub(crate) fn enforced(&self, noun: &str, seconds: f64) {
        self.recorder.register_histogram(&key(ENFORCED, &[("noun", noun)]), &METADATA).record(seconds);
    }

    /// A step of the reconciler was taken.
    pub(crate) fn step(&self, kind: &str, succeeded: bool) {
        self.count(STEPS, &[("step", kind), ("result", if succeeded { "done" } else { "failed" })]);
    }

    /// AWS was called and gave `result`.
    pub(crate) fn aws_call(&self, operation: &str, result: &str) {
        self.count(CALLS, &[("operation", operation), ("result", result)]);
    }

    /// How many streams are in a phase.
    pub(crate) fn streams(&self, phase: Phase, count: u64) {
        self.gauge(STREAMS, &[("phase", &format!("{phase:?}").to_lowercase())], float(count));
    }

    /// How many have a way to the Global Event Stream, as the newest report says of them.
    pub(crate) fn ges_readers(&self, verdict: &str, count: u64) {
        self.gauge(BYPASSES, &[("verdict", verdict)], float(count));
    }

    /// When the newest bypass report was taken, and how much it could not read.
    pub(crate) fn bypass_report(&self, taken_at: Timestamp, unread: u64) {
        self.gauge(TAKEN, &[], taken_at.as_duration().as_secs_f64());
        self.gauge(UNREAD, &[], float(unread));
    }

    /// The revision of the rules, and for how long they could not be renewed.
    pub(crate) fn rules(&self, revision: u64, stale_seconds: f64) {
        self.gauge(REVISION, &[], float(revision));
        self.gauge(STALE, &[], stale_seconds);
    }

    /// All numbers, as Prometheus reads them.
    pub(crate) fn text(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    fn count(&self, name: &'static str, labels: &[(&'static str, &str)]) {
        self.recorder.register_counter(&key(name, labels), &METADATA).increment(1);
    }

    fn gauge(&self, name: &'static str, labels: &[(&'static str, &str)], value: f64) {
        self.recorder.register_gauge(&key(name, labels), &METADATA).set(value);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts beyond 2^53 do not occur")]
fn float(count: u64) -> f64 {
    count as f64
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    Key::from_parts(name, labels.iter().map(|&(name, value)| Label::new(name, value.to_owned())).collect::<Vec<_>>())
}
