//! The log: one JSON line per event on standard error, in the form that Terraform sorts into its own (`TF_LOG`).

use std::fmt::Debug;
use std::io::Write;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::program::Variable;

/// Terraform splits lines at 64 KiB; a value this long is cut.
const LONGEST_VALUE_BYTES: usize = 16 * 1024;

/// Starts logging at the level that the environment asks for. The variable of this very provider goes first.
pub fn start(provider: &str, variable: Variable) {
    let own = format!("TF_LOG_PROVIDER_{}", provider.to_ascii_uppercase());
    let variables = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"];
    let asked = variables.into_iter().find_map(variable);
    let level = asked.as_deref().map_or(LevelFilter::OFF, level);
    tracing_subscriber::registry().with(Lines.with_filter(sources(provider, level))).init();
}

/// Our own crates at `level`; others only when something is wrong, since they know what must not be logged less well.
fn sources(provider: &str, level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(provider, level)
        .with_target(format!("terraform_provider_{provider}"), level)
}

/// A level in Terraform's words. Like Terraform, anything else means all of it (`TF_LOG=json` does).
fn level(word: &str) -> LevelFilter {
    match word.to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

struct Lines;

impl<S: Subscriber> Layer<S> for Lines {
    #[expect(clippy::disallowed_methods, reason = "a line of the log says when it was really written")]
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = line(event, Timestamp::now());
        line.push('\n');
        // There is nobody left to tell when standard error is gone.
        _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

fn line(event: &Event<'_>, now: Timestamp) -> String {
    let metadata = event.metadata();
    let mut fields = Fields(Map::new());
    event.record(&mut fields);
    let Fields(mut fields) = fields;
    fields.entry("@message").or_insert_with(|| "".into());
    fields.insert("@level".into(), metadata.level().as_str().to_ascii_lowercase().into());
    fields.insert("@module".into(), metadata.target().replace("::", ".").into());
    fields.insert("@timestamp".into(), now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string().into());
    Value::Object(fields).to_string()
}

struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        let name = match field.name() {
            "message" => "@message",
            name => name,
        };
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let end = value.floor_char_boundary(LONGEST_VALUE_BYTES);
        self.insert(field, value[..end].into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing::Level;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let line = line(event, Timestamp::UNIX_EPOCH);
            self.0.lock().unwrap().push(line);
        }
    }

    #[test]
    fn an_event_is_one_line_that_terraform_understands() {
        let kept = Kept::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(kept.clone()), || {
            tracing::warn!(target: "fanner::client", stream = %"fraud\n", attempt = 3, "request repeated");
        });
        let [line] = &kept.0.lock().unwrap()[..] else { panic!("one line is written") };
        assert!(!line.contains('\n'), "{line}");
        let expected = json!({
            "@level": "warn", "@message": "request repeated", "@module": "fanner.client",
            "@timestamp": "1970-01-01T00:00:00.000000Z", "attempt": 3, "stream": "fraud\n",
        });
        assert_eq!(serde_json::from_str::<Value>(line).unwrap(), expected);
    }

    #[test]
    fn other_crates_are_heard_only_when_something_is_wrong() {
        let sources = sources("fanner", LevelFilter::TRACE);
        assert!(sources.would_enable("fanner_client::call", &Level::TRACE));
        assert!(sources.would_enable("terraform_provider_fanner::provider", &Level::TRACE));
        assert!(sources.would_enable("h2", &Level::WARN));
        assert!(!sources.would_enable("h2", &Level::INFO));
    }

    #[test]
    fn levels_are_terraforms() {
        assert_eq!(level("WARN"), LevelFilter::WARN);
        assert_eq!(level("off"), LevelFilter::OFF);
        assert_eq!(level("JSON"), LevelFilter::TRACE);
    }
}
