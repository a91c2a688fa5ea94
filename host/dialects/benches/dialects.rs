//! What a request and a chunk of a stream cost in this crate: reading, splicing, translating.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use jackfield_dialects::json::{Edit, Members, set_members};
use jackfield_dialects::{Accepts, Dialect, Form, Instruction, InstructionPlace, Operation, StreamFacts, all};

/// The bytes of a large prompt.
const PROMPT: usize = 400 * 1024;

/// The chunks of one stream.
const CHUNKS: u32 = 1_000;

const CHUNK: &[u8] = br#"{"id":"c1","object":"chat.completion.chunk","created":5,"model":"up","choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}"#;

const FACTS: StreamFacts<'static> = StreamFacts {
    operation: Operation::Chat,
    model: "route/m",
    provider: "p",
    request_id: "req_1",
    created: 1_700_000_000,
    include_usage: true,
    request: Members::empty(),
};

fn main() {
    divan::main();
}

/// A conversation of about 400 KB in turns of a kilobyte, in Anthropic's words; OpenAI's are the same here.
fn conversation() -> Vec<u8> {
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(22);
    let turn = |index: usize| {
        let role = if index.is_multiple_of(2) { "user" } else { "assistant" };
        format!(r#"{{"role":"{role}","content":"{text}"}}"#)
    };
    let turns: Vec<String> = (0..PROMPT / text.len()).map(turn).collect();
    let messages = turns.join(",");
    format!(r#"{{"model":"route/m","max_tokens":1024,"stream":true,"system":"Be brief.","messages":[{messages}]}}"#)
        .into_bytes()
}

#[divan::bench]
fn members_parse(bencher: Bencher<'_, '_>) {
    let body = conversation();
    bencher
        .counter(BytesCount::new(body.len()))
        .bench_local(|| Members::parse(black_box(&body)).map(|members| members.get("model").is_some()));
}

#[divan::bench]
fn splice(bencher: Bencher<'_, '_>) {
    let body = String::from_utf8(conversation()).unwrap_or_default();
    let model = body.find("\"route/m\"").unwrap_or_default();
    let edits = [
        Edit {
            key: "model",
            at: Some(model..model + "\"route/m\"".len()),
            value: "\"upstream-model\"",
        },
        Edit {
            key: "temperature",
            at: None,
            value: "0.5",
        },
    ];
    bencher.counter(BytesCount::new(body.len())).bench_local(|| {
        let mut out = Vec::with_capacity(body.len() + 64);
        set_members(black_box(&body), &edits, &mut out);
        out
    });
}

/// What `system-prompt` costs a request: the text is copied with what is new, and nothing of it is read again.
#[divan::bench]
fn openai_instructed(bencher: Bencher<'_, '_>) {
    let [openai, ..] = all();
    instructed(bencher, openai);
}

#[divan::bench]
fn anthropic_instructed(bencher: Bencher<'_, '_>) {
    let [_, anthropic, ..] = all();
    instructed(bencher, anthropic);
}

fn instructed(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let body = conversation();
    let Ok(request) = dialect.parse(Operation::Chat, &body) else {
        return;
    };
    let instruction = Instruction {
        place: InstructionPlace::Last,
        text: "You are talking to a customer.".to_owned(),
    };
    bencher.counter(BytesCount::new(body.len())).bench_local(|| {
        let edited = dialect.instructed(black_box(&request), std::slice::from_ref(&instruction))?;
        request
            .edited(edited.text(), edited.outline())
            .map(|request| request.stream)
    });
}

#[divan::bench]
fn anthropic_to_canonical(bencher: Bencher<'_, '_>) {
    let [_, anthropic, ..] = all();
    let body = conversation();
    bencher.counter(BytesCount::new(body.len())).bench_local(|| {
        let request = anthropic.parse(Operation::Chat, black_box(&body))?;
        anthropic.canonical(&request)
    });
}

/// What a client of OpenAI pays for a look at whether an earlier turn brought extensions.
#[divan::bench]
fn openai_to_standard(bencher: Bencher<'_, '_>) {
    let [openai, ..] = all();
    to_standard(bencher, openai);
}

/// What a translated request pays for being written for a target that accepts nothing beyond OpenAI's own.
#[divan::bench]
fn anthropic_to_standard(bencher: Bencher<'_, '_>) {
    let [_, anthropic, ..] = all();
    to_standard(bencher, anthropic);
}

fn to_standard(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let body = conversation();
    let Ok(members) = Members::parse(&body) else { return };
    bencher
        .counter(BytesCount::new(body.len()))
        .bench_local(|| dialect.standard(black_box(&members), Accepts::NONE, false));
}

#[divan::bench]
fn openai_stream(bencher: Bencher<'_, '_>) {
    let [openai, ..] = all();
    chunks(bencher, openai);
}

#[divan::bench]
fn anthropic_translated_stream(bencher: Bencher<'_, '_>) {
    let [_, anthropic, ..] = all();
    chunks(bencher, anthropic);
}

/// A stream of canonical chunks; the time is that of all of them.
fn chunks(bencher: Bencher<'_, '_>, dialect: Dialect) {
    bencher.counter(ItemsCount::new(CHUNKS)).bench_local(|| {
        let mut reader = dialect.stream(Form::Canonical, &FACTS);
        let mut out = Vec::with_capacity(1024);
        let mut pushed = Ok(());
        for _ in 0..CHUNKS {
            out.clear();
            pushed = pushed.and(reader.push(black_box(CHUNK), &mut out).map(|_| ()));
        }
        pushed
    });
}
