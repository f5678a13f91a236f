//! Every metric's name, and the handles to count with. Each fanner has metrics of its own, so that several may live in one
//! process.

use std::sync::Arc;

use fanner_model::StreamName;
use metrics::{Counter, Gauge, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use crate::source::ShardId;

/// The metrics of one fanner. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Telemetry {
    recorder: Arc<PrometheusRecorder>,
}

/// What is counted for one shard of the Global Event Stream.
#[derive(Clone)]
pub(crate) struct ShardMetrics {
    pub events_read: Counter,
    pub bytes_read: Counter,
    /// Events that no stream may have.
    pub events_unrouted: Counter,
    /// Records that are not events, and are kept aside.
    pub undecodable: Counter,
    /// How much of what was read lately is not an event, from 0 to 1.
    pub undecodable_share: Gauge,
    /// How often records were trimmed before they were read.
    pub gaps: Counter,
    /// How far the newest record is ahead of the reader, in seconds.
    pub behind_seconds: Gauge,
    pub in_flight_records: Gauge,
}

/// What is counted for the folder of records that were kept aside.
#[derive(Clone)]
pub(crate) struct AsideMetrics {
    records: Gauge,
    bytes: Gauge,
    /// 1 while the folder takes no records, and they wait in the Global Event Stream.
    pub full: Gauge,
}

/// What is counted for one consumer's stream.
#[derive(Clone)]
pub(crate) struct StreamMetrics {
    pub events_delivered: Counter,
    pub bytes_delivered: Counter,
    /// Deliveries that Kinesis can never accept, and that were kept aside.
    pub refused: Counter,
    /// Deliveries whose mask could not be applied, and that were kept aside.
    pub withheld: Counter,
    /// Deliveries that the rules stopped permitting while they waited.
    pub events_revoked: Counter,
    pub retries: Counter,
    pub throttles: Counter,
    pub in_flight_records: Gauge,
    /// 1 while the stream does not take records, and its events wait in the Global Event Stream.
    pub broken: Gauge,
}

impl Telemetry {
    /// Metrics that have counted nothing yet.
    pub(crate) fn new() -> Self {
        let telemetry = Self { recorder: Arc::new(PrometheusBuilder::new().build_recorder()) };
        for (name, text) in DESCRIPTIONS {
            match name.ends_with("_total") {
                true => telemetry.recorder.describe_counter((*name).into(), None, (*text).into()),
                false => telemetry.recorder.describe_gauge((*name).into(), None, (*text).into()),
            }
        }
        telemetry
    }

    /// All of them, as Prometheus reads them.
    pub(crate) fn render(&self) -> String {
        self.recorder.handle().render()
    }

    /// The handles for `shard`.
    pub(crate) fn shard(&self, shard: &ShardId) -> ShardMetrics {
        let labels = || vec![Label::new("shard", shard.as_str().to_owned())];
        ShardMetrics {
            events_read: self.counter("fanner_events_read_total", labels()),
            bytes_read: self.counter("fanner_bytes_read_total", labels()),
            events_unrouted: self.counter("fanner_events_unrouted_total", labels()),
            undecodable: self.counter("fanner_records_undecodable_total", labels()),
            undecodable_share: self.gauge("fanner_shard_undecodable_share", labels()),
            gaps: self.counter("fanner_gaps_total", labels()),
            behind_seconds: self.gauge("fanner_shard_behind_seconds", labels()),
            in_flight_records: self.gauge("fanner_shard_in_flight_records", labels()),
        }
    }

    /// The handles for `stream`.
    pub(crate) fn stream(&self, stream: &StreamName) -> StreamMetrics {
        let labels = || vec![Label::new("stream", stream.as_str().to_owned())];
        StreamMetrics {
            events_delivered: self.counter("fanner_events_delivered_total", labels()),
            bytes_delivered: self.counter("fanner_bytes_delivered_total", labels()),
            refused: self.counter("fanner_events_refused_total", labels()),
            withheld: self.counter("fanner_events_withheld_total", labels()),
            events_revoked: self.counter("fanner_events_revoked_total", labels()),
            retries: self.counter("fanner_retries_total", labels()),
            throttles: self.counter("fanner_throttles_total", labels()),
            in_flight_records: self.gauge("fanner_in_flight_records", labels()),
            broken: self.gauge("fanner_stream_broken", labels()),
        }
    }

    /// The handles for the folder of records that were kept aside.
    pub(crate) fn aside(&self) -> AsideMetrics {
        AsideMetrics {
            records: self.gauge("fanner_aside_records", Vec::new()),
            bytes: self.gauge("fanner_aside_bytes", Vec::new()),
            full: self.gauge("fanner_aside_full", Vec::new()),
        }
    }

    /// How long the oldest record of `shard` that is to be kept aside has been waiting, in seconds.
    pub(crate) fn aside_lag_seconds(&self, shard: &ShardId) -> Gauge {
        self.gauge("fanner_aside_lag_seconds", vec![Label::new("shard", shard.as_str().to_owned())])
    }

    /// How long the oldest event of `shard` that `stream` misses has been waiting, in seconds.
    pub(crate) fn lag_seconds(&self, stream: &StreamName, shard: &ShardId) -> Gauge {
        let stream = Label::new("stream", stream.as_str().to_owned());
        self.gauge("fanner_lag_seconds", vec![stream, Label::new("shard", shard.as_str().to_owned())])
    }

    /// The revision of the rules in force.
    pub(crate) fn rules_revision(&self) -> Gauge {
        self.gauge("fanner_rules_revision", Vec::new())
    }

    /// How long ago the control plane last said that the rules in force are the newest, in seconds.
    pub(crate) fn rules_unconfirmed_seconds(&self) -> Gauge {
        self.gauge("fanner_rules_unconfirmed_seconds", Vec::new())
    }

    /// Names of events that the rules do not have, as often as the control plane was told.
    pub(crate) fn sightings_reported(&self) -> Counter {
        self.counter("fanner_sightings_reported_total", Vec::new())
    }

    /// How long the checkpoints on disk have been older than what is delivered, in seconds.
    pub(crate) fn checkpoint_age_seconds(&self) -> Gauge {
        self.gauge("fanner_checkpoint_age_seconds", Vec::new())
    }

    fn counter(&self, name: &'static str, labels: Vec<Label>) -> Counter {
        self.recorder.register_counter(&Key::from_parts(name, labels), &METADATA)
    }

    fn gauge(&self, name: &'static str, labels: Vec<Label>) -> Gauge {
        self.recorder.register_gauge(&Key::from_parts(name, labels), &METADATA)
    }
}

impl AsideMetrics {
    /// What the folder holds.
    pub(crate) fn say(&self, records: u64, bytes: u64) {
        self.records.set(records as f64);
        self.bytes.set(bytes as f64);
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new()
    }
}

static METADATA: Metadata<'static> = Metadata::new("fanner", Level::INFO, None);

const DESCRIPTIONS: &[(&str, &str)] = &[
    ("fanner_events_read_total", "Events read from a shard of the Global Event Stream"),
    ("fanner_bytes_read_total", "Bytes read from a shard of the Global Event Stream"),
    ("fanner_events_unrouted_total", "Events that no stream may have"),
    ("fanner_records_undecodable_total", "Records that are not events, and are kept aside"),
    ("fanner_shard_undecodable_share", "How much of what was read lately is not an event, from 0 to 1"),
    ("fanner_aside_records", "Records in the folder of what was kept aside"),
    ("fanner_aside_bytes", "Bytes in the folder of what was kept aside"),
    ("fanner_aside_full", "1 while nothing more can be kept aside, and such records wait in the Global Event Stream"),
    ("fanner_aside_lag_seconds", "How long the oldest record that is to be kept aside has been waiting"),
    ("fanner_gaps_total", "How often records were trimmed before they were read"),
    ("fanner_shard_behind_seconds", "How far the newest record is ahead of the reader"),
    ("fanner_shard_in_flight_records", "Deliveries of a shard that are handed over and not stored yet"),
    ("fanner_events_delivered_total", "Events stored in a stream"),
    ("fanner_bytes_delivered_total", "Bytes stored in a stream"),
    ("fanner_events_refused_total", "Deliveries that Kinesis can never accept, and that were kept aside"),
    ("fanner_events_withheld_total", "Deliveries whose mask could not be applied, and that were kept aside"),
    ("fanner_events_revoked_total", "Deliveries that the rules stopped permitting while they waited"),
    ("fanner_retries_total", "Deliveries that were tried again"),
    ("fanner_throttles_total", "Deliveries that a stream was too slow for"),
    ("fanner_in_flight_records", "Deliveries that wait for a stream"),
    ("fanner_stream_broken", "1 while a stream does not take records"),
    ("fanner_lag_seconds", "How long the oldest event that a stream misses has been waiting"),
    (
        "fanner_sightings_reported_total",
        "Names of events that nobody subscribes to, as often as the control plane was told",
    ),
    ("fanner_rules_revision", "The revision of the rules in force"),
    ("fanner_rules_unconfirmed_seconds", "How long ago the rules in force were last known to be the newest"),
    ("fanner_checkpoint_age_seconds", "How long the checkpoints on disk have been out of date"),
];
