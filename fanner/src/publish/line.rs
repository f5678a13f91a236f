//! One line of input: JSON that says what an event is.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fanner_event::NewEvent;
use fanner_event::v1::Classification;
use fanner_model::EventName;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Encoding;

/// What holds for lines that do not say otherwise.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    pub source: String,
    pub encoding: Option<Encoding>,
    /// Payload files are named from here.
    pub folder: PathBuf,
}

/// A line, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    event: EventName,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    payload_base64: Option<String>,
    payload_file: Option<PathBuf>,
    id: Option<String>,
    time: Option<Timestamp>,
    user_id: Option<String>,
    device_id: Option<String>,
    source: Option<String>,
    encoding: Option<Encoding>,
    #[serde(default)]
    schema_version: u32,
}

/// The event that a line says.
///
/// # Errors
/// What is wrong with the line, and what would be right.
pub(super) fn parse(text: &str, defaults: &Defaults) -> Result<NewEvent, LineError> {
    let line: Line<'_> = serde_json::from_str(text).map_err(LineError::of)?;
    let (payload, natural) = payload(&line, &defaults.folder)?;
    let encoding = line.encoding.or(defaults.encoding).unwrap_or(natural);
    let event = NewEvent {
        name: line.event,
        id: line.id,
        source: line.source.unwrap_or_else(|| defaults.source.clone()),
        time: line.time,
        user_id: line.user_id,
        device_id: line.device_id,
        encoding: encoding.into(),
        payload,
        schema_version: line.schema_version,
        classification: Classification::Unspecified,
        context: None,
    };
    match event.id.as_deref().map(fanner_event::EventId::parse) {
        Some(None) => Err(LineError::Id(event.id.unwrap_or_default())),
        Some(Some(_)) | None => Ok(event),
    }
}

/// The payload's bytes, and the encoding that they have unless something else is said. A JSON payload is taken as it is
/// written, to the byte.
fn payload(line: &Line<'_>, folder: &Path) -> Result<(Bytes, Encoding), LineError> {
    match (line.payload, &line.payload_base64, &line.payload_file) {
        (Some(json), None, None) => Ok((Bytes::copy_from_slice(json.get().as_bytes()), Encoding::Json)),
        (None, Some(text), None) => match STANDARD.decode(text) {
            Ok(bytes) => Ok((bytes.into(), Encoding::Opaque)),
            Err(error) => Err(LineError::Base64(error)),
        },
        (None, None, Some(path)) => match std::fs::read(folder.join(path)) {
            Ok(bytes) => Ok((bytes.into(), Encoding::Opaque)),
            Err(source) => Err(LineError::File { path: path.clone(), source }),
        },
        _ => Err(LineError::Payload),
    }
}

/// Why a line is not an event.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("it is not a JSON object: {0}; write it like {EXAMPLE}")]
    Json(String),
    #[error("{0}")]
    Field(String),
    #[error("it has not exactly one of `payload`, `payload_base64` and `payload_file`; write it like {EXAMPLE}")]
    Payload,
    #[error("`payload_base64` is not base64: {0}")]
    Base64(base64::DecodeError),
    #[error("payload file `{}` cannot be read: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("event id `{0}` is not 1 to 128 printable ASCII characters without spaces")]
    Id(String),
}

const EXAMPLE: &str = r#"`{"event":"card_swiped","payload":{"amount":12}}`"#;

impl LineError {
    fn of(error: serde_json::Error) -> Self {
        let text = error.to_string();
        // serde_json names a place in the line that it was given, which is not the place in the file.
        let text = text.split(" at line ").next().unwrap_or(&text).to_owned();
        match error.classify() {
            serde_json::error::Category::Data => Self::Field(text),
            _ => Self::Json(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use fanner_event::v1::PayloadEncoding;

    use super::*;

    #[test]
    fn a_json_payload_is_taken_as_it_is_written() {
        let event = parsed(r#"{"event":"card_swiped", "payload": { "amount" : 1.50,  "b":"\u00e9" } }"#).unwrap();
        assert_eq!(event.payload, br#"{ "amount" : 1.50,  "b":"\u00e9" }"#.as_slice());
        assert_eq!((event.name.as_str(), event.encoding), ("card_swiped", PayloadEncoding::Json));
    }

    #[test]
    fn other_payloads_come_as_base64_or_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("payload.bin"), b"\x00\xff").unwrap();
        let defaults = Defaults { folder: folder.path().into(), ..defaults() };
        let lines = [
            r#"{"event":"card_swiped","payload_base64":"AP8=","encoding":"protobuf"}"#,
            r#"{"event":"card_swiped","payload_file":"payload.bin","encoding":"protobuf"}"#,
        ];
        for line in lines {
            let event = parse(line, &defaults).unwrap();
            assert_eq!((event.payload.as_ref(), event.encoding), (b"\x00\xff".as_slice(), PayloadEncoding::Protobuf));
        }
    }

    #[test]
    fn a_bad_line_says_what_would_be_right() {
        let error = |line| parsed(line).unwrap_err().to_string();
        assert_eq!(
            error("card_swiped"),
            r#"it is not a JSON object: expected value; write it like `{"event":"card_swiped","payload":{"amount":12}}`"#
        );
        assert_eq!(
            error(r#"{"event":"Card","payload":1}"#),
            "event name `Card` contains `C`; use only a-z, 0-9, `_`, `.` and `-`"
        );
        assert_eq!(error(r#"{"payload":1}"#), "missing field `event`");
        assert_eq!(
            error(r#"{"event":"a"}"#),
            "it has not exactly one of `payload`, `payload_base64` and `payload_file`; \
             write it like `{\"event\":\"card_swiped\",\"payload\":{\"amount\":12}}`"
        );
        assert_eq!(
            error(r#"{"event":"a","payload_base64":"?"}"#),
            "`payload_base64` is not base64: Invalid symbol 63, offset 0."
        );
        assert_eq!(
            error(r#"{"event":"a","payload":1,"id":"a b"}"#),
            "event id `a b` is not 1 to 128 printable ASCII characters without spaces"
        );
        assert!(error(r#"{"event":"a","payload":1,"user":"x"}"#).starts_with("unknown field `user`, expected one of"));
    }

    fn parsed(line: &str) -> Result<NewEvent, LineError> {
        parse(line, &defaults())
    }

    fn defaults() -> Defaults {
        Defaults { source: "test".into(), encoding: None, folder: PathBuf::from(".") }
    }
}
