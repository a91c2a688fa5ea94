//! Content codings (RFC 9110, section 8.4), as requests and replies have them: which there are, and what decodes each.
//!
//! What is whole and has a limit drives its decoders itself; [`Decoding`] is for what comes in parts.

mod decoding;
mod zstd;

use compression_codecs::{BrotliDecoder, DecodeV2, DeflateDecoder, GzipDecoder, ZlibDecoder};
use http::{HeaderMap, header};

use self::zstd::Zstd;

pub(crate) use self::decoding::{CodingFault, Decoding};

/// The most codings of one body. Each is a pass over all of it, and nobody needs more than one.
const MOST: usize = 2;

/// A content coding (RFC 9110, section 8.4.1; RFC 7932 for `br`, RFC 8878 for `zstd`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// These codings are too many, or one of them is not known.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a known coding")]
pub(crate) struct UnknownCoding(String);

/// The codings of a body with these headers, in the order in which they were applied. `identity` is none.
///
/// # Errors
/// [`UnknownCoding`].
pub(crate) fn listed(headers: &HeaderMap) -> Result<Vec<Coding>, UnknownCoding> {
    let values = headers.get_all(header::CONTENT_ENCODING);
    let names: Vec<String> = values
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    let codings: Vec<Coding> = names.iter().filter_map(|name| Coding::named(name)).collect();
    if codings.len() < names.len() || codings.len() > MOST {
        return Err(UnknownCoding(names.join(", ")));
    }
    Ok(codings)
}

// === impl Coding ===

impl Coding {
    fn named(name: &str) -> Option<Self> {
        match name {
            // The same (RFC 9110, section 8.4.1.3).
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Its name in HTTP.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// How many bytes tell which decoder it takes.
    pub(crate) fn told_by(self) -> usize {
        if self == Self::Deflate { 2 } else { 0 }
    }

    /// What decodes a body that begins like this.
    pub(crate) fn decoder(self, start: &[u8]) -> Box<dyn DecodeV2 + Send + Sync> {
        match self {
            Self::Gzip => Box::new(GzipDecoder::new()),
            Self::Deflate if is_zlib(start) => Box::new(ZlibDecoder::new()),
            Self::Deflate => Box::new(DeflateDecoder::new()),
            Self::Brotli => Box::new(BrotliDecoder::new()),
            Self::Zstd => Box::new(Zstd::new()),
        }
    }
}

/// Whether a body begins like zlib's format (RFC 1950, section 2.2), as `deflate` demands. Some send the bare algorithm
/// instead (RFC 9110, section 8.4.1.2).
fn is_zlib(start: &[u8]) -> bool {
    match start {
        [method, flags, ..] => method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(values: &[&str]) -> Result<Vec<Coding>, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(header::CONTENT_ENCODING, value);
        }
        listed(&headers).map_err(|unknown| unknown.to_string())
    }

    #[test]
    fn codings_are_read_from_all_lines_in_any_case() {
        assert_eq!(of(&[]), Ok(vec![]));
        assert_eq!(of(&["identity", " , ", "Identity"]), Ok(vec![]));
        assert_eq!(of(&["X-Gzip", "BR"]), Ok(vec![Coding::Gzip, Coding::Brotli]));
        assert_eq!(of(&["deflate, zstd"]), Ok(vec![Coding::Deflate, Coding::Zstd]));
        for (values, names) in [
            (&["compress"][..], "compress"),
            (&["gzip, exi"], "gzip, exi"),
            (&["gzip", "gzip", "gzip"], "gzip, gzip, gzip"),
            (&["gzip;q=1"], "gzip;q=1"),
            (&["gz\u{ed}p"], "gz\u{ed}p"),
        ] {
            assert_eq!(of(values), Err(format!("{names} is not a known coding")));
        }
    }

    #[test]
    fn the_two_kinds_of_deflate_are_told_apart_by_their_first_bytes() {
        for zlib in [&[0x78, 0x9c][..], &[0x78, 0x01, 0], &[0x58, 0x85]] {
            assert!(is_zlib(zlib), "{zlib:?}");
        }
        for bare in [&[][..], &[0x78], &[0x78, 0x9d], &[0x4b, 0x4c]] {
            assert!(!is_zlib(bare), "{bare:?}");
        }
    }
}
