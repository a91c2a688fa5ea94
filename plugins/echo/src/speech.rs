//! Speech: a tone for each word. And what is said in a recording: its name, because its bytes stay outside.

use jackfield_plugin_sdk::Answer;
use jackfield_plugin_sdk::canonical::{Extra, FormFile, SpeechRequest, Transcript};
use serde::Deserialize;

use crate::{digest, words};

/// Samples per second.
const RATE: u32 = 8_000;

/// Samples per word: a twentieth of a second.
const WORD: usize = 400;

/// The recording to write down.
#[derive(Deserialize)]
pub struct Recording {
    file: FormFile,
}

/// The complete reply to a request for speech: a WAV file of 8-bit samples, whatever format is asked for.
pub fn answer(request: &SpeechRequest) -> Answer {
    let samples: Vec<u8> = words::pieces(&request.input).into_iter().flat_map(tone).collect();
    Answer::bytes("audio/wav", wav(&samples))
}

/// The complete transcript of a recording.
pub fn transcript(recording: &Recording) -> Transcript {
    let FormFile {
        filename,
        media_type,
        bytes,
        ..
    } = &recording.file;
    Transcript {
        text: format!("{filename} ({media_type}, {bytes} bytes)"),
        extra: Extra::new(),
    }
}

/// A square wave whose pitch depends on the word.
fn tone(word: &str) -> impl Iterator<Item = u8> + use<> {
    let half = 5 + (digest::of([word.trim()]) % 20) as usize;
    (0..WORD).map(move |at| if (at / half).is_multiple_of(2) { 0x60 } else { 0xa0 })
}

/// A WAV file with one channel of 8-bit samples (RIFF, Microsoft's "Multimedia Programming Interface and Data
/// Specifications 1.0").
fn wav(samples: &[u8]) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(samples.len() + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&length.saturating_add(36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(b"\x01\0\x08\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(samples);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_a_tone_in_a_file_of_the_right_length() {
        let samples: Vec<u8> = words::pieces("one two").into_iter().flat_map(tone).collect();
        assert_eq!(samples.len(), 2 * WORD);
        assert_ne!(samples[..WORD], samples[WORD..]);
        let file = wav(&samples);
        assert_eq!(
            (&file[..4], &file[36..40], file.len()),
            (&b"RIFF"[..], &b"data"[..], 44 + 2 * WORD)
        );
        assert_eq!(file[40..44], 800u32.to_le_bytes());
    }
}
