//! Recordings, pictures and older forms of text.

use schemars::SchemaGenerator;

use super::faults::routed::{INPUT, MODEL};
use super::operation::OperationDescription;
use super::reply::ResponseDescription;

/// What is about recordings, pictures and older forms of text.
pub(super) fn all(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use super::{requests as asked, responses as answered};
    let transcript = |generator: &mut SchemaGenerator| {
        ResponseDescription::json::<answered::Transcript>(generator).or_bytes(["text/plain", "text/event-stream"])
    };
    vec![
        OperationDescription::post("/v2/rerank", "Rank documents by relevance (Cohere's dialect)")
            .body::<asked::Rerank>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Ranking>(generator)),
        OperationDescription::post("/v1/images/edits", "Change images")
            .form::<asked::ImageEdit>(generator, asked::EDIT)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Images>(generator)),
        OperationDescription::post("/v1/images/variations", "Vary an image")
            .form::<asked::ImageVariation>(generator, asked::VARIATION)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Images>(generator)),
        OperationDescription::post("/v1/completions", "Complete a text (OpenAI's older dialect)")
            .body::<asked::Completion>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Continuation>(generator).or_events()),
        OperationDescription::post("/v1/moderations", "Judge whether texts are harmful")
            .body::<asked::Moderation>(generator)
            .fails(&[INPUT])
            .reply(ResponseDescription::json::<answered::Moderation>(generator)),
        OperationDescription::post("/v1/audio/speech", "Speak a text")
            .body::<asked::Speech>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::bytes([
                "audio/mpeg",
                "audio/wav",
                "text/event-stream",
            ])),
        OperationDescription::post("/v1/audio/transcriptions", "Write down what is said in a recording")
            .form::<asked::Recording>(generator, asked::SOUND)
            .fails(&[MODEL])
            .reply(transcript(generator)),
        OperationDescription::post(
            "/v1/audio/translations",
            "Write down what is said in a recording, in English",
        )
        .form::<asked::Recording>(generator, asked::SOUND)
        .fails(&[MODEL])
        .reply(transcript(generator)),
    ]
}
