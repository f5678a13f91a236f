//! The log of one shard: segments one behind the other, a lock around the list of them, and none around
//! their bytes.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::{fs, io};

use parking_lot::Mutex;
use thiserror::Error;

use super::frame::Batch;
use super::segment::{Piece, Segment};
use crate::kinesis::clock::Millis;

/// The offset of a shard's first record. Offset 0 is the place before it.
pub(crate) const FIRST_OFFSET: u64 = 1;

/// A segment that has grown to this size is followed by a new one.
const SEGMENT_BYTES: u64 = 64 << 20;

/// An append-only list of records with consecutive offsets.
#[derive(Debug)]
pub(crate) struct ShardLog {
    folder: Option<PathBuf>,
    pub(super) segment_bytes: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Invariant: each begins at the offset where the one before it ends. Empty until the first record.
    segments: VecDeque<Segment>,
    last_arrival: Millis,
}

/// What one read found.
#[derive(Debug, Default)]
pub(crate) struct Excerpt {
    /// Frames, one behind the other, for [`Frames`](super::Frames).
    pub(crate) bytes: Vec<u8>,
    /// The offset of the first of them.
    pub(crate) first: u64,
    /// Where the next read goes on.
    pub(crate) next: u64,
    /// When the record at `next` arrived, if there is one.
    pub(crate) next_arrival: Option<Millis>,
}

/// A log's files cannot be used.
#[derive(Debug, Error)]
pub enum LogError {
    /// Reading or writing failed.
    #[error("file or folder `{}` cannot be used", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A damaged record with good ones behind it: not a crash's torn tail, so not silently cut.
    #[error("segment `{}` is damaged at byte {at}; restore it, or delete the stream's folder to start it anew", .path.display())]
    Damaged {
        /// Which segment.
        path: PathBuf,
        /// Where its first damaged record begins.
        at: u64,
    },
    /// A segment does not begin where the one before it ends.
    #[error("segment `{}` should begin with record {expected}: the one before it is missing or too short", .path.display())]
    Gap {
        /// Which segment.
        path: PathBuf,
        /// The offset that it should begin with.
        expected: u64,
    },
}

impl ShardLog {
    /// An empty log. Its folder and first file are made with the first record.
    pub(crate) fn empty(folder: Option<PathBuf>) -> ShardLog {
        ShardLog { folder, segment_bytes: SEGMENT_BYTES, inner: Mutex::default() }
    }

    /// Finds a log again, cutting what a crash left unfinished at its end.
    pub(crate) fn open(folder: PathBuf) -> Result<ShardLog, LogError> {
        let mut segments: VecDeque<Segment> = VecDeque::new();
        let files = segment_files(&folder).map_err(|cause| LogError::Io { path: folder.clone(), cause })?;
        let last = files.last().map(|(base, _)| *base);
        for (base, path) in files {
            let (segment, torn) =
                Segment::open(path.clone(), base).map_err(|cause| LogError::Io { path: path.clone(), cause })?;
            if let Some(expected) = segments.back().map(Segment::end).filter(|&end| end != base) {
                return Err(LogError::Gap { path, expected });
            }
            if torn > 0 && Some(base) != last {
                return Err(LogError::Damaged { path, at: segment.size() });
            }
            if torn > 0 {
                segment.cut_tail().map_err(|cause| LogError::Io { path: path.clone(), cause })?;
                tracing::warn!(path = %path.display(), bytes = torn, "cut an unfinished write off a log");
            }
            segments.push_back(segment);
        }
        let last_arrival = segments.iter().rev().find_map(Segment::last_arrival).unwrap_or_default();
        Ok(ShardLog {
            folder: Some(folder),
            segment_bytes: SEGMENT_BYTES,
            inner: Mutex::new(Inner { segments, last_arrival }),
        })
    }

    /// Appends the batch and returns the offset of its first record. Arrivals never go back, even if
    /// the clock does. On an error nothing was appended.
    pub(crate) fn append(&self, batch: &mut Batch, now: Millis) -> io::Result<u64> {
        let mut inner = self.inner.lock();
        let arrival = inner.last_arrival.max(now);
        batch.stamp(arrival);
        let first = inner.end();
        if inner.segments.back().is_none_or(|segment| segment.size() >= self.segment_bytes) {
            inner.segments.push_back(self.new_segment(first)?);
        }
        let segment = inner.segments.back_mut().expect("one was pushed if there was none");
        segment.append(batch, arrival)?;
        inner.last_arrival = arrival;
        Ok(first)
    }

    /// The records from offset `from` on that arrived at `horizon` or later: what one segment holds of
    /// them, up to `max_records` and about `max_bytes`, but at least one if there is one.
    pub(crate) fn read(&self, from: u64, horizon: Millis, max_records: usize, max_bytes: u64) -> io::Result<Excerpt> {
        let (first, piece, next_arrival) = {
            let inner = self.inner.lock();
            let first = from.max(inner.offset_at(horizon));
            let Some(piece) = inner.piece(first, max_records, max_bytes) else {
                return Ok(Excerpt { first, next: first, ..Excerpt::default() });
            };
            let next_arrival = inner.arrival(first + piece.count);
            (first, piece, next_arrival)
        };
        Ok(Excerpt { bytes: piece.read()?, first, next: first + piece.count, next_arrival })
    }

    /// The offset behind the last record.
    pub(crate) fn end(&self) -> u64 {
        self.inner.lock().end()
    }

    /// The offset of the first record that arrived at `moment` or later; the end if none did.
    pub(crate) fn offset_at(&self, moment: Millis) -> u64 {
        self.inner.lock().offset_at(moment)
    }

    /// Deletes the segments in which every record arrived before `horizon`.
    pub(crate) fn trim(&self, horizon: Millis) -> io::Result<()> {
        let mut inner = self.inner.lock();
        let end = inner.end();
        while inner.segments.front().and_then(Segment::last_arrival).is_some_and(|last| last < horizon) {
            if inner.segments.len() == 1 {
                // An empty segment stays behind: its name remembers which offset comes next.
                inner.segments.push_back(self.new_segment(end)?);
            }
            inner.segments.pop_front().map_or(Ok(()), Segment::remove)?;
        }
        Ok(())
    }

    fn new_segment(&self, base: u64) -> io::Result<Segment> {
        self.folder.as_ref().map_or(Ok(()), fs::create_dir_all)?;
        Segment::create(self.folder.as_deref(), base)
    }
}

impl Inner {
    fn end(&self) -> u64 {
        self.segments.back().map_or(FIRST_OFFSET, Segment::end)
    }

    fn offset_at(&self, moment: Millis) -> u64 {
        let holding = self.segments.iter().find(|segment| segment.last_arrival().is_some_and(|last| moment <= last));
        holding.map_or(self.end(), |segment| segment.offset_at(moment))
    }

    /// The segment with the record at `offset`; `None` when it does not exist yet.
    fn holding(&self, offset: u64) -> Option<&Segment> {
        self.segments.get(self.segments.partition_point(|segment| segment.end() <= offset))
    }

    fn piece(&self, from: u64, max_records: usize, max_bytes: u64) -> Option<Piece> {
        self.holding(from).map(|segment| segment.piece(from, max_records, max_bytes))
    }

    fn arrival(&self, offset: u64) -> Option<Millis> {
        self.holding(offset).and_then(|segment| segment.arrival(offset))
    }
}

/// The segment files in `folder` with the offsets they begin with, in order.
pub(super) fn segment_files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let base = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".log")?.parse().ok());
        files.extend(base.map(|base| (base, path)));
    }
    files.sort();
    Ok(files)
}
