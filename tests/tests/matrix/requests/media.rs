//! Images, documents and sounds in requests.

use serde_json::{Value, json};

use super::tools::{anthropic_tool, called, calling, gemini_tool, output, responses_tool, result, used};
use super::{put, said, told};
use crate::feature::Feature;

/// One red pixel.
pub(crate) const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/// The same as OpenAI's clients send it.
pub(crate) const DATA_URL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/// The beginning of a PDF, which nobody here reads.
pub(crate) const PDF: &str = "JVBERi0xLjQK";
/// The same as OpenAI's clients send it.
pub(crate) const PDF_DATA_URL: &str = "data:application/pdf;base64,JVBERi0xLjQK";

/// The beginning of a WAV file, which nobody here hears.
pub(crate) const WAV: &str = "UklGRg==";

/// Every feature of media, in the order of the tables.
pub(super) fn all() -> Vec<Feature> {
    let sound = json!({ "type": "input_audio", "input_audio": { "data": WAV, "format": "wav" } });
    let sound = Feature::of_requests("sound, inline", &["audio"])
        .chat(said(&[sound]))
        .gemini(told(&[inline_data("audio/wav", WAV)]));
    images().into_iter().chain(documents()).chain([sound]).collect()
}

fn images() -> Vec<Feature> {
    let inline = json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": PIXEL } });
    let linked = json!({ "type": "image", "source": { "type": "url", "url": "https://example.com/a.png" } });
    let looked = json!({
        "tools": [anthropic_tool()],
        "messages": [
            { "role": "user", "content": "look" },
            used(&["c1"]),
            { "role": "user", "content": [result("c1", &json!([inline]), false)] }
        ]
    });
    let seen = json!({ "name": "look_up", "response": { "output": "" }, "parts": [inline_data("image/png", PIXEL)] });
    let seen = json!({
        "tools": [gemini_tool()],
        "contents": [
            { "role": "user", "parts": [{ "text": "look" }] },
            calling(1),
            { "role": "user", "parts": [{ "functionResponse": seen }] },
        ]
    });
    vec![
        Feature::of_requests("image, inline", &["image"])
            .chat(said(&[image_url(DATA_URL)]))
            .messages(said(&[inline]))
            .responses(put(&[input_image(DATA_URL)]))
            .gemini(told(&[inline_data("image/png", PIXEL)])),
        Feature::of_requests("image, by URL", &["image", "example.com/a.png"])
            .chat(said(&[image_url("https://example.com/a.png")]))
            .messages(said(&[linked]))
            .responses(put(&[input_image("https://example.com/a.png")]))
            .gemini(told(&[file_data("image/png", "https://example.com/a.png")])),
        Feature::of_requests("image in a tool's result", &["image"])
            .messages(looked)
            .responses(json!({
                "tools": [responses_tool()],
                "input": [
                    { "role": "user", "content": "look" },
                    called("c1"),
                    output("c1", &json!([input_image(DATA_URL)])),
                ]
            }))
            .gemini(seen),
    ]
}

fn documents() -> Vec<Feature> {
    let document = |source: Value| json!({ "type": "document", "title": "notes", "source": source });
    let pdf = document(json!({ "type": "base64", "media_type": "application/pdf", "data": PDF }));
    let linked = document(json!({ "type": "url", "url": "https://example.com/a.pdf" }));
    let plain = document(json!({ "type": "text", "media_type": "text/plain", "data": "alpha" }));
    let mut cited = plain.clone();
    cited["citations"] = json!({ "enabled": true });
    let input_file = json!({ "type": "input_file", "filename": "notes.pdf", "file_data": PDF_DATA_URL });
    let file = json!({ "type": "file", "file": { "filename": "notes.pdf", "file_data": PDF_DATA_URL } });
    vec![
        Feature::of_requests("document, PDF inline", &["document", "file"])
            .chat(said(&[file]))
            .messages(said(&[pdf]))
            .responses(put(&[input_file]))
            .gemini(told(&[inline_data("application/pdf", PDF)])),
        Feature::of_requests("document, PDF by URL", &["document", "example.com/a.pdf"])
            .messages(said(&[linked]))
            .gemini(told(&[file_data("application/pdf", "https://example.com/a.pdf")])),
        Feature::of_requests("document, plain text", &["document"]).messages(said(&[plain])),
        Feature::of_requests("document, to be cited", &["citations"]).messages(said(&[cited])),
    ]
}

fn image_url(url: &str) -> Value {
    json!({ "type": "image_url", "image_url": { "url": url } })
}

fn input_image(url: &str) -> Value {
    json!({ "type": "input_image", "image_url": url })
}

fn inline_data(media_type: &str, data: &str) -> Value {
    json!({ "inlineData": { "mimeType": media_type, "data": data } })
}

fn file_data(media_type: &str, url: &str) -> Value {
    json!({ "fileData": { "mimeType": media_type, "fileUri": url } })
}
