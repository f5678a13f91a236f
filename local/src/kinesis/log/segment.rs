//! One file of a shard's log, and the index of the records in it.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{Batch, Frames};
use crate::kinesis::clock::Millis;

/// A run of records with consecutive offsets, from `base` on.
#[derive(Debug)]
pub(super) struct Segment {
    base: u64,
    /// Shared with readers, who read what is below `size` without any lock: it never changes again.
    file: Arc<File>,
    path: Option<PathBuf>,
    index: Vec<Entry>,
    size: u64,
}

/// Where a record begins in the file, and when it arrived.
#[derive(Clone, Copy, Debug)]
struct Entry {
    position: u64,
    arrival: Millis,
}

impl Segment {
    /// An empty segment: a named file in `folder`, or an unlinked one.
    pub(super) fn create(folder: Option<&Path>, base: u64) -> io::Result<Segment> {
        let path = folder.map(|folder| folder.join(format!("{base:020}.log")));
        let file = match &path {
            Some(path) => File::options().read(true).write(true).create(true).truncate(true).open(path)?,
            None => tempfile::tempfile()?,
        };
        Ok(Segment { base, file: Arc::new(file), path, index: Vec::new(), size: 0 })
    }

    /// Reads a segment file back, up to the first frame that is not whole. Returns how many bytes
    /// lie behind that: more than 0 after a crash in the middle of a write.
    pub(super) fn open(path: PathBuf, base: u64) -> io::Result<(Segment, u64)> {
        let file = File::options().read(true).write(true).open(&path)?;
        let bytes = fs::read(&path)?;
        let mut frames = Frames::of(&bytes);
        let mut index = Vec::new();
        let mut position = 0;
        while let Some(frame) = frames.next() {
            index.push(Entry { position, arrival: frame.arrival });
            position = frames.position() as u64;
        }
        let torn = bytes.len() as u64 - position;
        Ok((Segment { base, file: Arc::new(file), path: Some(path), index, size: position }, torn))
    }

    /// Cuts off what lies behind the last whole frame.
    pub(super) fn cut_tail(&self) -> io::Result<()> {
        self.file.set_len(self.size)
    }

    /// Writes a stamped batch behind the last record. On an error nothing was added, and what was
    /// written in part is cut, now or at the next start.
    pub(super) fn append(&mut self, batch: &Batch, arrival: Millis) -> io::Result<()> {
        self.file.write_all_at(batch.bytes(), self.size).inspect_err(|_| _ = self.cut_tail())?;
        let positions = batch.starts().iter().map(|&start| self.size + start as u64);
        self.index.extend(positions.map(|position| Entry { position, arrival }));
        self.size += batch.bytes().len() as u64;
        Ok(())
    }

    /// The records from offset `from` on, at most `max_records` and about `max_bytes` (but at least
    /// one), as a piece of the file that can be read later, without this segment.
    pub(super) fn piece(&self, from: u64, max_records: usize, max_bytes: u64) -> Piece {
        let first = (from - self.base) as usize;
        let start = self.index[first].position;
        let fitting = self.index[first..].partition_point(|entry| entry.position <= start + max_bytes);
        // An entry's position is the end of the one before it; the last one ends with the file.
        let all_fit = first + fitting == self.index.len() && self.size <= start + max_bytes;
        let count = if all_fit { fitting } else { (fitting - 1).max(1) }.min(max_records);
        let end = self.index.get(first + count).map_or(self.size, |entry| entry.position);
        Piece { file: Arc::clone(&self.file), range: start..end, count: count as u64 }
    }

    /// The offset of the first record that arrived at `moment` or later; the end if none did.
    pub(super) fn offset_at(&self, moment: Millis) -> u64 {
        self.base + self.index.partition_point(|entry| entry.arrival < moment) as u64
    }

    pub(super) fn arrival(&self, offset: u64) -> Option<Millis> {
        let nth = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        self.index.get(nth).map(|entry| entry.arrival)
    }

    pub(super) fn last_arrival(&self) -> Option<Millis> {
        self.index.last().map(|entry| entry.arrival)
    }

    /// The offset behind the last record.
    pub(super) fn end(&self) -> u64 {
        self.base + self.index.len() as u64
    }

    /// The file's size in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Deletes the file. Readers who hold a piece of it can still read that.
    pub(super) fn remove(self) -> io::Result<()> {
        self.path.map_or(Ok(()), fs::remove_file)
    }
}

/// A part of a segment's file with whole frames.
#[derive(Debug)]
pub(super) struct Piece {
    file: Arc<File>,
    range: Range<u64>,
    pub(super) count: u64,
}

impl Piece {
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (self.range.end - self.range.start) as usize];
        self.file.read_exact_at(&mut bytes, self.range.start)?;
        Ok(bytes)
    }
}
