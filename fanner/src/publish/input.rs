//! Where events come from: lines of files, lines of standard input, or whole files. Input is gone through twice, first to
//! check it and then to send it, so standard input is put into a file meanwhile.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bytes::Bytes;
use fanner_event::NewEvent;
use fanner_event::v1::Classification;
use fanner_model::EventName;
use serde::Serialize;
use tempfile::NamedTempFile;
use tracing::warn;

use super::declared::Declared;
use super::line::{Defaults, LineError, parse};
use super::{Encoding, PublishArgs};

/// Everything that is to be published.
pub(super) struct Input {
    parts: Vec<Part>,
    source: String,
    encoding: Option<Encoding>,
    /// Each file is the payload of one event of this name.
    event: Option<EventName>,
    declared: Declared,
    /// Where standard input was put.
    _spool: Option<NamedTempFile>,
}

struct Part {
    name: String,
    path: PathBuf,
    /// Where the payload files that its lines name are.
    folder: PathBuf,
}

/// Where an event was found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    file: String,
    /// From 1; `None`: the event is the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

/// Bad lines are shown up to this many.
const SHOWN: usize = 10;

impl Input {
    /// Finds what `args` name. Only what is declared counts as good.
    pub(super) fn open(args: &PublishArgs, declared: Declared) -> anyhow::Result<Self> {
        let mut spool = None;
        let files = if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files.clone() };
        let mut parts = Vec::new();
        for file in files {
            let path = match file.as_os_str() == "-" {
                true => spool.insert(spooled()?).path().to_owned(),
                false => file.clone(),
            };
            let folder = file.parent().map(Path::to_owned).unwrap_or_default();
            parts.push(Part { name: file.display().to_string(), path, folder });
        }
        let (source, encoding, event) = (args.source.clone(), args.encoding, args.event.clone());
        Ok(Self { parts, source, encoding, event, declared, _spool: spool })
    }

    /// Goes through everything once; how many events there are. Bad ones are an error, or left out if `skip_bad`.
    pub(super) fn check(&self, skip_bad: bool) -> anyhow::Result<u64> {
        let (mut events, mut bad) = (0, Vec::new());
        for event in self.events() {
            match event {
                Ok(_) => events += 1,
                Err(error) => bad.push(error),
            }
        }
        if skip_bad {
            bad.iter().for_each(|error| warn!("{error:#}; left out"));
            return Ok(events);
        }
        let shown: Vec<_> = bad.iter().take(SHOWN).map(|error| format!("{error:#}")).collect();
        match bad.len() {
            0 => Ok(events),
            count => {
                bail!("nothing was sent: {count} of {} cannot be\n{}", events as usize + count, shown.join("\n"))
            }
        }
    }

    /// The events, or why something is not one, with the place where it was found.
    pub(super) fn events(&self) -> impl Iterator<Item = anyhow::Result<(Place, NewEvent)>> {
        self.found().map(|found| {
            let (place, event) = found?;
            match self.declared.refusal(&event.name) {
                None => Ok((place, event)),
                Some(refusal) => bail!("{place}: {refusal}"),
            }
        })
    }

    fn found(&self) -> impl Iterator<Item = anyhow::Result<(Place, NewEvent)>> {
        self.parts.iter().flat_map(|part| -> Box<dyn Iterator<Item = _>> {
            match &self.event {
                Some(event) => Box::new(std::iter::once(self.whole(part, event))),
                None => match self.lines(part) {
                    Ok(lines) => Box::new(lines),
                    Err(error) => Box::new(std::iter::once(Err(error))),
                },
            }
        })
    }

    fn whole(&self, part: &Part, event: &EventName) -> anyhow::Result<(Place, NewEvent)> {
        let place = Place { file: part.name.clone(), line: None };
        let payload = std::fs::read(&part.path).with_context(|| format!("`{}` cannot be read", part.name))?;
        let event = NewEvent {
            name: event.clone(),
            id: None,
            source: self.source.clone(),
            time: None,
            user_id: None,
            device_id: None,
            encoding: self.encoding.unwrap_or(Encoding::Opaque).into(),
            payload: Bytes::from(payload),
            schema_version: 0,
            classification: Classification::Unspecified,
            context: None,
        };
        Ok((place, event))
    }

    fn lines<'a>(
        &'a self,
        part: &'a Part,
    ) -> anyhow::Result<impl Iterator<Item = anyhow::Result<(Place, NewEvent)>> + 'a> {
        let file = File::open(&part.path).with_context(|| format!("`{}` cannot be read", part.name))?;
        let defaults = Defaults { source: self.source.clone(), encoding: self.encoding, folder: part.folder.clone() };
        let numbered = BufReader::new(file).lines().zip(1..);
        let filled = numbered.filter(|(line, _)| line.as_ref().map_or(true, |line| !line.trim().is_empty()));
        Ok(filled.map(move |(line, number)| {
            let place = Place { file: part.name.clone(), line: Some(number) };
            let line = line.with_context(|| format!("{place} cannot be read"))?;
            let event = parse(&line, &defaults).map_err(|error: LineError| anyhow::anyhow!("{place}: {error}"))?;
            Ok((place, event))
        }))
    }
}

fn spooled() -> anyhow::Result<NamedTempFile> {
    let mut spool = NamedTempFile::new().context("standard input cannot be put into a file")?;
    std::io::copy(&mut std::io::stdin().lock(), &mut spool).context("standard input cannot be read")?;
    spool.rewind()?;
    Ok(spool)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "`{}` line {line}", self.file),
            None => write!(f, "`{}`", self.file),
        }
    }
}
