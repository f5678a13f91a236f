//! Files that are either whole or refused: a checksum on the first line, the content after it, replaced atomically.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// What begins the first line, so that a person knows what the file is.
const MARK: &str = "fanner sha256 ";

/// Replaces the file at `path` with `value`: after a crash there is the old content or the new, never a mixture.
///
/// # Errors
/// The disk does not take it; the old file is untouched.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let content = serde_json::to_vec(value)?;
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    writeln!(file, "{MARK}{}", checksum(&content))?;
    file.write_all(&content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Reads the file at `path` back; `None` if there is none.
///
/// # Errors
/// The file is not one that [`write()`] left: cut off, changed, or of another kind.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, SealError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SealError::Unreadable { path: path.into(), source }),
    };
    let Some(content) = unsealed(&bytes) else {
        return Err(SealError::Broken { path: path.into() });
    };
    serde_json::from_slice(content).map(Some).map_err(|source| SealError::Foreign { path: path.into(), source })
}

/// A file that cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error("`{}` cannot be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{}` was cut off or changed: its checksum does not fit its content", path.display())]
    Broken { path: PathBuf },
    #[error("`{}` was written by another version of fanner", path.display())]
    Foreign { path: PathBuf, source: serde_json::Error },
}

fn unsealed(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|&b| b == b'\n')?;
    let (first_line, content) = (&bytes[..end], &bytes[end + 1..]);
    let stated = first_line.strip_prefix(MARK.as_bytes())?;
    (stated == checksum(content).as_bytes()).then_some(content)
}

fn checksum(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("numbers");
        assert!(read::<Vec<u32>>(&path).unwrap().is_none());
        write(&path, &[1, 2, 3]).unwrap();
        write(&path, &[4, 5]).unwrap();
        assert_eq!(read::<Vec<u32>>(&path).unwrap(), Some(vec![4, 5]));
    }

    #[test]
    fn a_file_that_was_cut_or_changed_anywhere_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("numbers");
        write(&path, &[100, 200]).unwrap();
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(matches!(read::<Vec<u32>>(&path), Err(SealError::Broken { .. })), "cut at {end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(read::<Vec<u32>>(&path).is_err(), "changed at {at}");
        }
    }
}
