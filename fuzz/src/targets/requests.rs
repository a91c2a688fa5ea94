//! Bodies of requests: read in every dialect, and made canonical.

use jackfield_dialects::json::Members;
use jackfield_dialects::{Dialect, Operation, canonical};

use super::variants;

/// Words of requests.
pub const WORDS: &[&str] = &[
    "\"model\":\"m\"",
    "\"stream\":true",
    "\"messages\":[",
    "\"role\":\"user\"",
    "\"role\":\"assistant\"",
    "\"role\":\"tool\"",
    "\"content\":[",
    "{\"type\":\"text\",\"text\":\"a\"}",
    "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}",
    "{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"a\"}",
    "{\"type\":\"thinking\",\"thinking\":\"a\",\"signature\":\"b\"}",
    "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"AA==\"}}",
    "\"cache_control\":{\"type\":\"ephemeral\"}",
    "\"system\":[",
    "\"tools\":[",
    "\"tool_choice\":{\"type\":\"any\"}",
    "\"max_tokens\":1",
    "\"stop_sequences\":[\"a\"]",
    "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}",
    "\"input\":[\"a\"]",
    "\"documents\":[\"a\"]",
    "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}]",
    "{\"functionCall\":{\"name\":\"n\",\"args\":{}},\"thoughtSignature\":\"YQ==\"}",
    "{\"functionResponse\":{\"name\":\"n\",\"response\":{\"output\":\"a\"}}}",
    "\"functionDeclarations\":[{\"name\":\"n\",\"parameters\":{\"type\":\"OBJECT\"}}]",
    "\"generation_config\":{\"max_output_tokens\":1}",
    "null",
    "\"\\ud800\"",
    "1e400",
];

/// One body, which any client may have sent with any operation.
pub fn run(data: &[u8]) {
    for dialect in variants() {
        for operation in Operation::ALL {
            check(dialect, operation, data);
        }
    }
}

fn check(dialect: Dialect, operation: Operation, body: &[u8]) {
    let request = match dialect.parse(operation, body) {
        Ok(request) => request,
        Err(fault) => {
            assert!(
                !fault.field.is_empty() && !fault.message.is_empty(),
                "a fault says where and what"
            );
            return;
        }
    };
    assert!(!request.model.is_empty(), "a model has a name");
    Members::parse(&request.parameters()).expect("parameters are an object");
    if let Some(estimate) = dialect.estimate(&request) {
        Members::parse(&estimate).expect("an estimate is an object");
    }
    // A fault of what only the translation reads is the client's as well.
    let Ok(Some(text)) = dialect.canonical(&request) else {
        return;
    };
    let members = Members::parse(&text).expect("a translation is an object");
    assert!(members.get("model").is_some(), "a translation names its model");
    if operation == Operation::Chat {
        let translated = canonical().parse(operation, &text);
        let translated = translated.unwrap_or_else(|fault| panic!("a translation is not canonical: {fault}"));
        assert_eq!(translated.model, request.model);
        assert_eq!(translated.stream, request.stream);
    }
}

#[cfg(test)]
mod tests {
    use jackfield_dialects::all;

    use super::*;

    #[test]
    fn the_seeds_are_read_and_translated() {
        let chat = &include_bytes!("../../corpus/requests/anthropic_tools.json")[..];
        let completion = &include_bytes!("../../corpus/requests/completion.json")[..];
        let response = &include_bytes!("../../corpus/requests/responses.json")[..];
        let contents = &include_bytes!("../../corpus/requests/gemini.json")[..];
        for dialect in all() {
            // A dialect without chats reads none of them.
            let mut read = [chat, completion, response, contents].into_iter();
            let Some(request) = read.find_map(|body| dialect.parse(Operation::Chat, body).ok()) else {
                assert!(!dialect.endpoints().iter().any(|at| at.operation == Operation::Chat));
                continue;
            };
            let translated = dialect.canonical(&request).unwrap();
            assert_eq!(translated.is_none(), dialect.is_canonical());
        }
    }
}
