//! Opaque texts that we hand out and take back: shard iterators and page tokens. A checksum refuses what was
//! mistyped or made up; they carry no secret, so they are not signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// `body` as text that `open` takes back.
pub(crate) fn seal(body: &[u8]) -> String {
    let mut bytes = crc32c::crc32c(body).to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    STANDARD.encode(bytes)
}

/// The body of a text that `seal` made; `None` for any other.
pub(crate) fn open(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text).ok()?;
    let (checksum, body) = bytes.split_first_chunk()?;
    (u32::from_be_bytes(*checksum) == crc32c::crc32c(body)).then(|| body.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_opens() {
        let sealed = seal(b"a place");
        assert_eq!(open(&sealed).as_deref(), Some(&b"a place"[..]));
        for other in ["", "AAAA", "not base64!", &sealed[4..], &sealed.to_uppercase()] {
            assert_eq!(open(other), None, "{other}");
        }
    }
}
