//! A transcript as text, which tells nothing of its usage: how much is said in it, and how long the recording is if it is
//! subtitles, by the end of their last cue.
//!
//! Sources: <https://www.w3.org/TR/webvtt1/#webvtt-timestamp>; `SubRip`'s `00:00:01,500 --> 00:00:04,000`.

use std::mem;

/// What stands between the times of a cue.
const ARROW: &str = "-->";

/// The most bytes of a line that are looked at. Times are shorter.
const LINE: usize = 128;

/// Reads one transcript.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// The beginning of the line that is coming.
    line: Vec<u8>,
    /// When the last cue ends, in milliseconds; `None` without a cue.
    pub(crate) length_ms: Option<u64>,
    /// Bytes of all lines but the times of cues.
    pub(crate) said_bytes: u64,
}

// === impl Transcript ===

impl Transcript {
    pub(crate) fn push(&mut self, data: &[u8]) {
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE - self.line.len();
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            self.said_bytes += piece.len() as u64;
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.line);
        if let Some(end) = cue_end(&String::from_utf8_lossy(&line)) {
            self.length_ms = self.length_ms.max(Some(end));
            self.said_bytes -= line.len() as u64;
        }
    }
}

/// When the cue ends whose times these are, in milliseconds.
fn cue_end(line: &str) -> Option<u64> {
    let (start, rest) = line.split_once(ARROW)?;
    milliseconds(start.trim())?;
    milliseconds(rest.split_whitespace().next()?)
}

/// A time such as `01:02:03,456` or `02:03.456`.
fn milliseconds(time: &str) -> Option<u64> {
    let (clock, fraction) = time.split_once([',', '.'])?;
    let mut parts = clock.split(':').rev();
    let mut part = || parts.next().map_or(Some(0), |part| part.parse::<u32>().ok());
    let (seconds, minutes, hours) = (part()?, part()?, part()?);
    let fraction: u16 = fraction.parse().ok().filter(|ms| *ms < 1000)?;
    let whole = u64::from(hours) * 3600 + u64::from(minutes) * 60 + u64::from(seconds);
    parts.next().is_none().then(|| whole * 1000 + u64::from(fraction))
}

#[cfg(test)]
mod tests {
    use super::{Transcript, milliseconds};

    /// The length and the bytes that are said, whatever pieces the text comes in.
    fn read(text: &str) -> (Option<u64>, u64) {
        let mut whole = Transcript::default();
        whole.push(text.as_bytes());
        let mut split = Transcript::default();
        text.as_bytes().iter().for_each(|byte| split.push(&[*byte]));
        assert_eq!((whole.length_ms, whole.said_bytes), (split.length_ms, split.said_bytes));
        (whole.length_ms, whole.said_bytes)
    }

    #[test]
    fn subtitles_are_as_long_as_their_last_cue() {
        let srt = "1\n00:00:00,000 --> 00:00:04,500\nHello\n\n2\n00:00:04,500 --> 01:01:09,250\nthere\n\n";
        assert_eq!(read(srt), (Some(3_669_250), "1\nHello\n\n2\nthere\n\n".len() as u64));
        let vtt = "WEBVTT\r\n\r\n00:00.000 --> 00:04.500 align:start\r\nHello\r\n";
        assert_eq!(read(vtt).0, Some(4_500));
    }

    #[test]
    fn plain_text_is_said_and_has_no_length() {
        for text in [
            "Hello",
            "a --> b\n",
            &format!("{}\n", "x".repeat(500)),
            "1:2 --> 00:04.000\n",
        ] {
            assert_eq!(read(text), (None, text.len() as u64), "{text}");
        }
        assert_eq!(read(""), (None, 0));
    }

    #[test]
    fn a_time_is_a_clock_with_thousandths() {
        assert_eq!(milliseconds("02:03.456"), Some(123_456));
        for wrong in ["", "02:03", "1:02:03:04.000", "02:x.000", "02:03.4567", "-1:00.000"] {
            assert_eq!(milliseconds(wrong), None, "{wrong}");
        }
    }
}
