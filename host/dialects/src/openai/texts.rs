//! The texts of requests and buffered replies, of every operation.

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::json::{Members, text};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::texts::walk::{Problem, Walk, escaped, role};
use crate::texts::{TextKind, Texts};

/// The texts of a request.
///
/// # Errors
/// If two readers might find different ones.
pub(crate) fn request(request: &ParsedRequest<'_>) -> Result<Texts, RequestFault> {
    let members = &request.members;
    let mut walk = Walk::new(members.text());
    walk.check(members, "");
    match request.operation {
        Operation::Chat | Operation::CountTokens => conversation(&mut walk, members),
        Operation::Embeddings => input(&mut walk, members),
        Operation::Rerank => ranking(&mut walk, members),
        Operation::Images => walk.string(members.get("prompt"), "/prompt".to_owned(), TextKind::Prompt),
        Operation::ImageEdit | Operation::Transcription | Operation::Translation => {
            walk.string(members.get("prompt"), "/prompt".to_owned(), TextKind::Prompt);
        }
        Operation::Moderation => moderated(&mut walk, members),
        Operation::Speech => {
            walk.string(members.get("input"), "/input".to_owned(), TextKind::Input);
            walk.string(
                members.get("instructions"),
                "/instructions".to_owned(),
                TextKind::Prompt,
            );
        }
        Operation::ImageVariation | Operation::Compaction | Operation::Completion | Operation::Models => {}
    }
    walk.finish().map_err(RequestFault::from)
}

/// The texts of a buffered reply.
///
/// # Errors
/// If two readers might find different ones.
pub(crate) fn reply<'a>(operation: Operation, reply: &Members<'a>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(reply.text());
    let list = |walk: &mut Walk<'a>, member: &str| match reply.get(member) {
        Some(value) => walk.list(value, &format!("/{member}")),
        None => Vec::new(),
    };
    match operation {
        Operation::Chat => {
            walk.role = "assistant";
            for (number, (path, choice)) in list(&mut walk, "choices").into_iter().enumerate() {
                self::choice(&mut walk, number, &path, choice);
            }
        }
        Operation::Rerank => {
            for (path, result) in list(&mut walk, "results") {
                let document = walk.object(result, &path).and_then(|result| result.get("document"));
                if let Some(found) = document {
                    self::document(&mut walk, found, &format!("{path}/document"));
                }
            }
        }
        Operation::Transcription | Operation::Translation => transcript(&mut walk, reply),
        Operation::Images | Operation::ImageEdit | Operation::ImageVariation => {
            for (path, image) in list(&mut walk, "data") {
                let revised = walk.object(image, &path).and_then(|image| image.get("revised_prompt"));
                walk.string(revised, format!("{path}/revised_prompt"), TextKind::Prompt);
            }
        }
        Operation::Embeddings
        | Operation::CountTokens
        | Operation::Compaction
        | Operation::Completion
        | Operation::Moderation
        | Operation::Speech
        | Operation::Models => {}
    }
    walk.finish()
}

fn choice<'a>(walk: &mut Walk<'a>, number: usize, path: &str, choice: &'a RawValue) {
    let Some(choice) = walk.object(choice, path) else {
        return;
    };
    walk.choice = index(&choice).unwrap_or(u32::try_from(number).unwrap_or(u32::MAX));
    walk.echo(choice.get("logprobs"));
    let path = format!("{path}/message");
    if let Some(message) = choice.get("message").and_then(|message| walk.object(message, &path)) {
        walk.message(&message, &path);
    }
}

/// The index that an object gives itself.
pub(super) fn index(members: &Members<'_>) -> Option<u32> {
    members.get("index")?.get().parse().ok()
}

fn conversation<'a>(walk: &mut Walk<'a>, members: &Members<'a>) {
    let messages = members.get("messages").map(|messages| walk.list(messages, "/messages"));
    for (path, message) in messages.unwrap_or_default() {
        if let Some(message) = walk.object(message, &path) {
            walk.role = role(&message);
            walk.message(&message, &path);
        }
    }
    // What the answer probably is, which the client writes: <https://platform.openai.com/docs/guides/predicted-outputs>.
    let prediction = members.get("prediction").and_then(|it| walk.object(it, "/prediction"));
    if let Some(content) = prediction.and_then(|prediction| prediction.get("content")) {
        walk.role = "assistant";
        walk.blocks(content, "/prediction/content");
    }
}

/// Texts; a list of tokens is none.
fn input<'a>(walk: &mut Walk<'a>, members: &Members<'a>) {
    let Some(input) = members.get("input") else { return };
    walk.string(Some(input), "/input".to_owned(), TextKind::Input);
    for (path, entry) in walk.list(input, "/input") {
        walk.string(Some(entry), path, TextKind::Input);
    }
}

/// Texts, alone or in parts.
fn moderated<'a>(walk: &mut Walk<'a>, members: &Members<'a>) {
    input(walk, members);
    let parts = members.get("input").map(|input| walk.list(input, "/input"));
    for (path, part) in parts.unwrap_or_default() {
        let text = walk.object(part, &path).and_then(|part| part.get("text"));
        walk.string(text, format!("{path}/text"), TextKind::Input);
    }
}

/// What was said, as a whole and in segments and words.
fn transcript<'a>(walk: &mut Walk<'a>, reply: &Members<'a>) {
    walk.role = "user";
    walk.string(reply.get("text"), "/text".to_owned(), TextKind::Text);
    for (list, member) in [("segments", "text"), ("words", "word")] {
        let entries = reply.get(list).map(|entries| walk.list(entries, &format!("/{list}")));
        for (path, entry) in entries.unwrap_or_default() {
            let said = walk.object(entry, &path).and_then(|entry| entry.get(member));
            walk.string(said, format!("{path}/{member}"), TextKind::Text);
        }
    }
}

fn ranking<'a>(walk: &mut Walk<'a>, members: &Members<'a>) {
    walk.string(members.get("query"), "/query".to_owned(), TextKind::Query);
    let documents = members
        .get("documents")
        .map(|documents| walk.list(documents, "/documents"));
    for (path, found) in documents.unwrap_or_default() {
        document(walk, found, &path);
    }
}

/// A document: a string, or an object, in which some vendors rank by other members than `text`.
fn document<'a>(walk: &mut Walk<'a>, document: &'a RawValue, path: &str) {
    walk.string(Some(document), path.to_owned(), TextKind::Document);
    let Some(members) = walk.object(document, path) else {
        return;
    };
    let texts: Vec<(String, &RawValue)> = members
        .all()
        .filter(|(_, value)| text::text(value).is_some())
        .map(|(member, value)| (format!("{path}/{}", escaped(member)), value))
        .collect();
    for (path, value) in texts {
        walk.string(Some(value), path, TextKind::Document);
    }
}
