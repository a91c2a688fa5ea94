//! A transcript: what Mistral says, and the same in OpenAI's words.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde::Deserialize;

/// A reply, or the last event of a stream.
#[derive(Deserialize)]
pub(super) struct Transcript {
    pub(super) text: String,
    language: Option<Json>,
    #[serde(default)]
    segments: Vec<Segment>,
    usage: Option<Extra>,
}

/// A part of the recording.
#[derive(Deserialize)]
pub(super) struct Segment {
    text: String,
    start: Option<f64>,
    end: Option<f64>,
    speaker_id: Option<Json>,
}

// === impl Transcript ===

impl Transcript {
    /// The object for a client that wants JSON; `verbose` with all that is known.
    pub(super) fn object(mut self, verbose: bool) -> Extra {
        let mut object = Extra::new();
        if verbose {
            object.insert("task", "transcribe");
            object.set("duration", &self.duration());
            object.extend(self.language.take().map(|language| ("language".to_owned(), language)));
        }
        if verbose || !self.segments.is_empty() {
            let segments = self.segments.iter().zip(0_u64..);
            let segments: Vec<Extra> = segments.map(|(segment, id)| segment.numbered(id)).collect();
            object.set("segments", &segments);
        }
        object.extend(self.usage().map(|usage| ("usage".to_owned(), usage.into())));
        object.insert("text", self.text);
        object
    }

    /// The tokens and the seconds in OpenAI's words for recordings. Whatever else is told stays.
    pub(super) fn usage(&self) -> Option<Extra> {
        let mut usage = self.usage.clone()?;
        usage.insert("type", "tokens");
        for (theirs, ours) in [
            ("prompt_tokens", "input_tokens"),
            ("completion_tokens", "output_tokens"),
            ("prompt_audio_seconds", "seconds"),
        ] {
            if let Some(count) = usage.remove(theirs) {
                usage.insert(ours, count);
            }
        }
        usage.retain(|_, value| !value.is_null());
        Some(usage)
    }

    /// The length of the recording in seconds: as it was charged for, or as far as somebody speaks.
    fn duration(&self) -> f64 {
        let told = self.usage.as_ref().and_then(|usage| usage.read("prompt_audio_seconds"));
        let last = self
            .segments
            .iter()
            .filter_map(|segment| segment.end)
            .fold(0.0, f64::max);
        told.unwrap_or(last)
    }
}

// === impl Segment ===

impl Segment {
    fn numbered(&self, id: u64) -> Extra {
        let mut segment = Extra::new();
        segment.insert("id", id);
        self.write(&mut segment);
        segment
    }

    /// Its members but for the id.
    pub(super) fn write(&self, segment: &mut Extra) {
        segment.set("start", &self.start);
        segment.set("end", &self.end);
        segment.insert("text", self.text.clone());
        if let Some(speaker) = self.speaker_id.as_ref().filter(|speaker| !speaker.is_null()) {
            segment.insert("speaker", speaker.clone());
        }
    }
}
