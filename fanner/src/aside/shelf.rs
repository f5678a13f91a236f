//! The files of what was kept aside: one a day, one JSON object a line, and never more than their budget, so that
//! checkpoints always find room on the disk. Everything here blocks.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::Kept;

/// How much may be kept aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of all files.
    pub max_bytes: u64,
    /// Bytes of the volume that are left free for everything else, above all for checkpoints.
    pub reserve_bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { max_bytes: 1 << 30, reserve_bytes: 256 << 20 }
    }
}

/// The folder, and what is known to be in it.
#[derive(Debug)]
pub(super) struct Shelf {
    dir: PathBuf,
    budget: Budget,
    files: BTreeMap<PathBuf, Size>,
}

/// How much a file, or the whole folder, holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub records: u64,
    pub bytes: u64,
}

/// Why something could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    #[error(
        "`{}` holds {bytes} of at most {max_bytes} bytes; delete what was dealt with, or raise `--aside-max-mib`",
        dir.display()
    )]
    Full { dir: PathBuf, bytes: u64, max_bytes: u64 },
    #[error(
        "the volume of `{}` has {free_bytes} bytes left and keeps {reserve_bytes} free; make room, or name another `--aside-dir`",
        dir.display()
    )]
    Reserve { dir: PathBuf, free_bytes: u64, reserve_bytes: u64 },
    #[error("`{}` cannot be written", dir.display())]
    Unwritable { dir: PathBuf, source: io::Error },
}

impl Shelf {
    pub(super) fn new(dir: &Path, budget: Budget) -> Self {
        Self { dir: dir.into(), budget, files: BTreeMap::new() }
    }

    /// Adds `kept` to the file of `day`. When it returns, all of it is on disk.
    ///
    /// # Errors
    /// Only so many records are, from the first on, and why not all.
    pub(super) fn add(&mut self, day: Date, kept: &[Kept]) -> Result<(), (usize, ShelfError)> {
        match self.try_add(day, kept) {
            Ok((_, None)) => Ok(()),
            Ok((added, Some(shortage))) => Err((added, shortage)),
            Err(source) => Err((0, ShelfError::Unwritable { dir: self.dir.clone(), source })),
        }
    }

    fn try_add(&mut self, day: Date, kept: &[Kept]) -> io::Result<(usize, Option<ShelfError>)> {
        // Whole events lie here, and are nobody else's to read.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let lines = kept.iter().map(line).collect::<io::Result<Vec<_>>>()?;
        let in_budget = self.budget.max_bytes.saturating_sub(self.measure()?.bytes);
        let on_volume = free_bytes(&self.dir)?.saturating_sub(self.budget.reserve_bytes);
        let fitting = count_within(&lines, in_budget.min(on_volume));
        if 0 < fitting {
            self.append(day, &lines[..fitting])?;
        }
        let shortage = match fitting == lines.len() {
            true => None,
            false if in_budget <= on_volume => Some(self.full()),
            false => Some(self.reserve_reached()?),
        };
        Ok((fitting, shortage))
    }

    /// Looks at what is there now: people delete what they have dealt with.
    pub(super) fn measure(&mut self) -> io::Result<Size> {
        let mut files = BTreeMap::new();
        for path in paths(&self.dir)? {
            let bytes = fs::metadata(&path)?.len();
            let size = match self.files.get(&path) {
                Some(known) if known.bytes == bytes => *known,
                Some(_) | None => Size { records: records(&path)?, bytes },
            };
            files.insert(path, size);
        }
        self.files = files;
        Ok(self.size())
    }

    pub(super) fn size(&self) -> Size {
        let sum =
            |total: Size, file: &Size| Size { records: total.records + file.records, bytes: total.bytes + file.bytes };
        self.files.values().fold(Size::default(), sum)
    }

    fn append(&mut self, day: Date, lines: &[Vec<u8>]) -> io::Result<()> {
        let path = self.dir.join(format!("{day}.ndjson"));
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        let text = [END_OF_LINE, &lines.concat()].concat();
        file.write_all(&text)?;
        file.sync_all()?;
        File::open(&self.dir)?.sync_all()?;
        let size = self.files.entry(path).or_default();
        *size = Size { records: size.records + lines.len() as u64, bytes: size.bytes + text.len() as u64 };
        Ok(())
    }

    fn full(&self) -> ShelfError {
        let (bytes, max_bytes) = (self.size().bytes, self.budget.max_bytes);
        ShelfError::Full { dir: self.dir.clone(), bytes, max_bytes }
    }

    fn reserve_reached(&self) -> io::Result<ShelfError> {
        let (free_bytes, reserve_bytes) = (free_bytes(&self.dir)?, self.budget.reserve_bytes);
        Ok(ShelfError::Reserve { dir: self.dir.clone(), free_bytes, reserve_bytes })
    }
}

/// Everything that was kept aside in `dir`, oldest first.
///
/// # Errors
/// The folder cannot be read, or, as an item, a file in it.
pub fn kept_in(dir: &Path) -> io::Result<impl Iterator<Item = io::Result<Kept>>> {
    Ok(paths(dir)?.into_iter().flat_map(|path| -> Box<dyn Iterator<Item = _>> {
        match lines(&path) {
            // A line that a crash cut off counted as nothing, and its record was kept again.
            Ok(lines) => {
                Box::new(lines.filter_map(|line| line.map(|line| serde_json::from_str(&line).ok()).transpose()))
            }
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }))
}

/// Written before each group of lines: ends a line that a crash may have cut off, and that would otherwise swallow the next.
const END_OF_LINE: &[u8] = b"\n";

fn line(kept: &Kept) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(kept)?;
    line.push(b'\n');
    Ok(line)
}

/// How many of `lines`, from the first on, are no more than `room` bytes.
fn count_within(lines: &[Vec<u8>], room: u64) -> usize {
    let ends = lines.iter().scan(END_OF_LINE.len() as u64, |end, line| {
        *end += line.len() as u64;
        Some(*end)
    });
    ends.take_while(|end| *end <= room).count()
}

/// What other programs may use of the volume that `dir` is on.
fn free_bytes(dir: &Path) -> io::Result<u64> {
    let volume = rustix::fs::statvfs(dir)?;
    Ok(volume.f_bavail.saturating_mul(volume.f_frsize))
}

fn records(path: &Path) -> io::Result<u64> {
    lines(path)?.try_fold(0, |records, line| Ok(records + u64::from(!line?.is_empty())))
}

fn lines(path: &Path) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
    Ok(BufReader::new(File::open(path)?).lines())
}

/// The files in `dir`, oldest first; none if there is no such folder.
fn paths(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = match fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ndjson"));
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_kept_and_the_rest_is_said_to_be_too_much() {
        let dir = tempfile::tempdir().unwrap();
        let room = 1 + 2 * line(&kept(1)).unwrap().len() as u64;
        let mut shelf = Shelf::new(dir.path(), Budget { max_bytes: room, reserve_bytes: 0 });
        let (added, error) = shelf.add(day(), &[kept(1), kept(2), kept(3)]).unwrap_err();
        assert_eq!((added, shelf.size()), (2, Size { records: 2, bytes: room }));
        let text = error.to_string();
        assert!(text.ends_with(&format!(
            "holds {room} of at most {room} bytes; delete what was dealt with, or raise `--aside-max-mib`"
        )));
        assert_eq!(all(dir.path()), [kept(1), kept(2)]);
    }

    #[test]
    fn there_is_room_again_once_somebody_has_deleted_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut shelf = Shelf::new(dir.path(), Budget { max_bytes: 300, reserve_bytes: 0 });
        shelf.add(day(), &[kept(1)]).unwrap();
        assert!(matches!(shelf.add(day(), &[kept(2)]), Err((0, ShelfError::Full { .. }))));
        fs::remove_file(&paths(dir.path()).unwrap()[0]).unwrap();
        shelf.add(day(), &[kept(2)]).unwrap();
        assert_eq!(all(dir.path()), [kept(2)]);
    }

    #[test]
    fn what_is_reserved_on_the_volume_stays_free() {
        let dir = tempfile::tempdir().unwrap();
        let mut shelf = Shelf::new(dir.path(), Budget { max_bytes: 1 << 30, reserve_bytes: u64::MAX });
        assert!(matches!(shelf.add(day(), &[kept(1)]), Err((0, ShelfError::Reserve { .. }))));
    }

    #[test]
    fn a_line_that_a_crash_cut_off_swallows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(format!("{}.ndjson", day()));
        fs::write(&path, &line(&kept(1)).unwrap()[..50]).unwrap();
        let mut shelf = Shelf::new(dir.path(), Budget::default());
        shelf.add(day(), &[kept(1), kept(2)]).unwrap();
        assert_eq!(all(dir.path()), [kept(1), kept(2)]);
        let known = shelf.size();
        assert_eq!(Shelf::new(dir.path(), Budget::default()).measure().unwrap(), known);
    }

    fn kept(number: u32) -> Kept {
        Kept {
            at: jiff::Timestamp::UNIX_EPOCH,
            reason: "the record is not a `fanner.v1.Envelope`".into(),
            stream: None,
            key: "key".into(),
            shard: "shardId-0".into(),
            sequence_number: number.to_string().parse().unwrap(),
            arrived_at: jiff::Timestamp::UNIX_EPOCH,
            data: "//8gcnViYmlzaA==".into(),
        }
    }

    fn all(dir: &Path) -> Vec<Kept> {
        kept_in(dir).unwrap().collect::<io::Result<_>>().unwrap()
    }

    fn day() -> Date {
        jiff::civil::date(2026, 11, 21)
    }
}
