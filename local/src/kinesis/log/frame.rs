//! How one record lies in a segment file. All numbers are little-endian:
//!
//! `length of the body: u32 | CRC-32C of the body: u32 | body`, where the body is
//! `arrival in milliseconds: i64 | encrypted: u8 | length of the key: u16 | key | data`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::kinesis::clock::Millis;

const HEADER: usize = 8;
const FIXED: usize = 11;

/// Records on their way into one log, already in the form of the file; only their arrival is open.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Batch {
    /// Adds a record, decoding its data from base64 straight into place. Returns the data's length
    /// in bytes. On an error the batch is as before.
    pub(crate) fn push(&mut self, key: &str, base64: &str, encrypted: bool) -> Result<usize, base64::DecodeError> {
        let start = self.bytes.len();
        let key_length = u16::try_from(key.len()).expect("a partition key was checked to be at most 1,024 bytes");
        self.bytes.extend_from_slice(&[0; HEADER + 8]);
        self.bytes.push(u8::from(encrypted));
        self.bytes.extend_from_slice(&key_length.to_le_bytes());
        self.bytes.extend_from_slice(key.as_bytes());
        let data_start = self.bytes.len();
        if let Err(error) = STANDARD.decode_vec(base64, &mut self.bytes) {
            self.bytes.truncate(start);
            return Err(error);
        }
        self.starts.push(start);
        Ok(self.bytes.len() - data_start)
    }

    /// Completes every frame: they all arrived at `arrival`.
    pub(crate) fn stamp(&mut self, arrival: Millis) {
        let ends = self.starts.iter().skip(1).copied().chain([self.bytes.len()]);
        for (&start, end) in self.starts.iter().zip(ends.collect::<Vec<_>>()) {
            let (header, body) = self.bytes[start..end].split_at_mut(HEADER);
            body[..8].copy_from_slice(&arrival.0.to_le_bytes());
            let length = u32::try_from(body.len()).expect("a record is at most 10 MiB");
            header[..4].copy_from_slice(&length.to_le_bytes());
            header[4..].copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each frame begins in [`bytes`](Self::bytes).
    pub(super) fn starts(&self) -> &[usize] {
        &self.starts
    }
}

/// One record, read in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) arrival: Millis,
    pub(crate) encrypted: bool,
    pub(crate) key: &'a str,
    pub(crate) data: &'a [u8],
}

/// Walks over frames that lie one behind the other. Ends at the first that is not whole.
#[derive(Clone, Debug)]
pub(crate) struct Frames<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Frames<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Frames { bytes, position: 0 }
    }

    /// How many bytes of whole frames were passed.
    pub(super) fn position(&self) -> usize {
        self.position
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let (length, rest) = self.bytes[self.position..].split_first_chunk()?;
        let (checksum, rest) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        let body = rest.get(..length)?;
        let whole = crc32c::crc32c(body) == u32::from_le_bytes(*checksum);
        let frame = whole.then(|| parsed(body)).flatten()?;
        self.position += HEADER + length;
        Some(frame)
    }
}

fn parsed(body: &[u8]) -> Option<Frame<'_>> {
    let (fixed, rest) = body.split_first_chunk::<FIXED>()?;
    let (arrival, fixed) = fixed.split_first_chunk()?;
    let [encrypted, key_length @ ..] = fixed else { return None };
    let key_length = usize::from(u16::from_le_bytes(key_length.try_into().ok()?));
    let (key, data) = rest.split_at_checked(key_length)?;
    let key = str::from_utf8(key).ok()?;
    Some(Frame { arrival: Millis(i64::from_le_bytes(*arrival)), encrypted: *encrypted != 0, key, data })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_read_back_as_written(records: Vec<(String, Vec<u8>, bool)>) {
            let batch = stamped(&records);
            let read: Vec<_> = Frames::of(batch.bytes()).map(|f| (f.key.to_owned(), f.data.to_vec(), f.encrypted)).collect();
            prop_assert_eq!(read, records);
        }

        #[test]
        fn a_cut_or_changed_tail_ends_the_walk(data: Vec<u8>, cut in 1_usize..20, flip in 0_usize..20) {
            let batch = stamped(&[("first".into(), vec![7; 30], false), ("second".into(), data, false)]);
            let whole = batch.starts()[1];
            let torn = &batch.bytes()[..(batch.bytes().len() - cut).max(whole)];
            prop_assert_eq!(Frames::of(torn).count(), 1);
            let mut damaged = batch.bytes().to_vec();
            damaged[whole + flip] ^= 0x10;
            prop_assert_eq!(Frames::of(&damaged).count(), 1);
        }
    }

    #[test]
    fn zeros_are_no_frames() {
        assert_eq!(Frames::of(&[0; 64]).count(), 0);
    }

    #[test]
    fn data_that_is_not_base64_leaves_the_batch_as_it_was() {
        let mut batch = Batch::default();
        batch.push("a", "aGVsbG8=", false).unwrap();
        let before = batch.bytes().to_vec();
        assert!(batch.push("b", "aGVsb*8=", false).is_err());
        assert_eq!((batch.starts(), batch.bytes()), (&[0][..], &before[..]));
    }

    fn stamped(records: &[(String, Vec<u8>, bool)]) -> Batch {
        let mut batch = Batch::default();
        for (key, data, encrypted) in records {
            batch.push(key, &STANDARD.encode(data), *encrypted).unwrap();
        }
        batch.stamp(Millis(42));
        batch
    }
}
