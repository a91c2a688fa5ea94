//! The texts of requests and replies in every dialect, and what another text in their place leaves alone.

mod instructions;
mod streams;

use super::{TextKind, TextPart, Texts};
use crate::client::Dialect;
use crate::operation::Operation;
use crate::tests::{request, short};
use crate::{all, canonical};

const CHAT: &str = r#"{"model":"m", "messages" : [
 {"role":"developer","content":"be \u00e9xact"},
 {"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"x"}},"b"],"x":1.10},
 {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"q\":1}"}}]},
 {"role":"tool","tool_call_id":"c","content":"result"}], "n":1}"#;

const MESSAGES: &str = r#"{"model":"m","system":[{"type":"text","text":"sys","cache_control":{}}],"messages":[{"role":"user","content":"hi"},
 {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"tool_use","id":"t","name":"f","input":{"q": 1}}]},
 {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"res"}]},{"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"doc"}}]}]}"#;

fn anthropic() -> Dialect {
    all()[1]
}

/// Each text of a request as `path role kind text`.
fn of_request(dialect: Dialect, operation: Operation, text: &str) -> Vec<String> {
    let texts = dialect.request_texts(&request(operation, text)).unwrap();
    texts.parts.iter().map(line).collect()
}

fn line(part: &TextPart) -> String {
    format!("{} {} {} {}", part.path, part.role, part.kind, part.text)
}

/// The texts, each in capitals.
fn capitals(texts: &Texts, whole: &str) -> String {
    let new: Vec<String> = texts.parts.iter().map(|part| part.text.to_uppercase()).collect();
    let new: Vec<(usize, &str)> = new.iter().map(String::as_str).enumerate().collect();
    String::from_utf8(texts.replaced(whole.as_bytes(), &new).unwrap()).unwrap()
}

#[test]
fn a_chat_has_texts_in_strings_parts_calls_and_results() {
    assert_eq!(
        of_request(canonical(), Operation::Chat, CHAT),
        [
            "/messages/0/content system text be éxact",
            "/messages/1/content/0/text user text a",
            "/messages/1/content/2 user text b",
            "/messages/2/reasoning_content assistant reasoning hm",
            "/messages/2/tool_calls/0/function/arguments assistant tool-arguments {\"q\":1}",
            "/messages/3/content tool text result",
        ]
    );
}

#[test]
fn messages_have_texts_in_system_blocks_inputs_and_documents() {
    let expected = [
        "/system/0/text system text sys",
        "/messages/0/content user text hi",
        "/messages/1/content/0/thinking assistant reasoning hm",
        "/messages/1/content/1/input assistant tool-arguments {\"q\": 1}",
        "/messages/2/content/0/content/0/text tool text res",
        "/messages/2/content/1/title user text T",
        "/messages/2/content/1/source/data user text doc",
    ];
    for dialect in [anthropic(), short()] {
        for operation in [Operation::Chat, Operation::CountTokens] {
            assert_eq!(of_request(dialect, operation, MESSAGES), expected);
        }
    }
    let plain = r#"{"system":"s","messages":[]}"#;
    assert_eq!(
        of_request(anthropic(), Operation::Chat, plain),
        ["/system system text s"]
    );
}

#[test]
fn the_other_operations_have_texts_of_their_own_kinds() {
    let of = |operation, text| of_request(canonical(), operation, text);
    assert_eq!(of(Operation::Embeddings, r#"{"input":"a"}"#), ["/input  input a"]);
    assert_eq!(
        of(Operation::Embeddings, r#"{"input":["a","b"]}"#),
        ["/input/0  input a", "/input/1  input b"]
    );
    assert!(of(Operation::Embeddings, r#"{"input":[[1,2]]}"#).is_empty());
    assert_eq!(
        of(
            Operation::Rerank,
            r#"{"query":"q","documents":["a",{"text":"b","ti/tle":"t","n":1}]}"#
        ),
        [
            "/query  query q",
            "/documents/0  document a",
            "/documents/1/text  document b",
            "/documents/1/ti~1tle  document t",
        ]
    );
    assert_eq!(of(Operation::Images, r#"{"prompt":"p"}"#), ["/prompt  prompt p"]);
}

#[test]
fn only_what_is_replaced_changes() {
    let texts = canonical().request_texts(&request(Operation::Chat, CHAT)).unwrap();
    let expected = CHAT
        .replace("be \\u00e9xact", "BE ÉXACT")
        .replace("\"text\":\"a\"", "\"text\":\"A\"")
        .replace("\"b\"]", "\"B\"]")
        .replace("\"hm\"", "\"HM\"")
        .replace("{\\\"q\\\":1}", "{\\\"Q\\\":1}")
        .replace("\"result\"", "\"RESULT\"");
    assert_eq!(capitals(&texts, CHAT), expected);
    assert_eq!(texts.replaced(CHAT.as_bytes(), &[]).unwrap(), CHAT.as_bytes());
    let texts = anthropic().request_texts(&request(Operation::Chat, MESSAGES)).unwrap();
    let changed = capitals(&texts, MESSAGES);
    assert!(changed.contains(r#""input":{"Q": 1}"#) && changed.contains(r#""cache_control":{}"#));
}

#[test]
fn an_object_is_replaced_by_an_object_only() {
    let texts = anthropic().request_texts(&request(Operation::Chat, MESSAGES)).unwrap();
    let input = texts
        .parts
        .iter()
        .position(|it| it.kind == TextKind::ToolArguments)
        .unwrap();
    for text in ["x", "[1]", "", "{} {}"] {
        let unfit = texts.replaced(MESSAGES.as_bytes(), &[(input, text)]).unwrap_err();
        assert_eq!(unfit.path, "/messages/1/content/1/input");
    }
}

#[test]
fn a_member_that_is_written_twice_hides_nothing() {
    for text in [
        r#"{"messages":[{"content":"seen","content":"hidden"}]}"#,
        r#"{"messages":[{"content":"a"}],"messages":[{"content":"b"}]}"#,
        r#"{"messages":[{"content":[{"type":"text","text":"a","text":"b"}]}]}"#,
    ] {
        for dialect in [canonical(), anthropic()] {
            let fault = dialect
                .request_texts(&request(Operation::Chat, text))
                .unwrap_err()
                .to_string();
            assert!(fault.contains("has a member twice"), "{fault}");
        }
    }
    let deep = format!(
        r#"{{"messages":[{{"content":{}"a"{}}}]}}"#,
        "[".repeat(60),
        "]".repeat(60)
    );
    assert!(canonical().request_texts(&request(Operation::Chat, &deep)).is_err());
}

#[test]
fn a_reply_has_texts_by_choice_and_its_probabilities_go_with_them() {
    let reply = r#"{"choices":[{"index":1,"message":{"content":"b","refusal":null},"logprobs":{"content":[{"token":"b"}]}},{"index":0,"message":{"content":"a"},"logprobs":[1]}]}"#;
    let texts = canonical().reply_texts(Operation::Chat, reply.as_bytes()).unwrap();
    let choices: Vec<_> = texts
        .parts
        .iter()
        .map(|part| (part.choice, part.text.as_str()))
        .collect();
    assert_eq!(choices, [(1, "b"), (0, "a")]);
    let changed = texts.replaced(reply.as_bytes(), &[(0, "*")]).unwrap();
    let expected = reply
        .replace("\"content\":\"b\"", "\"content\":\"*\"")
        .replace(r#"{"content":[{"token":"b"}]}"#, "null");
    assert_eq!(String::from_utf8(changed).unwrap(), expected);
}

#[test]
fn replies_of_the_other_operations_have_texts_too() {
    let of = |dialect: Dialect, operation, reply: &str| -> Vec<String> {
        let texts = dialect.reply_texts(operation, reply.as_bytes()).unwrap();
        texts.parts.iter().map(line).collect()
    };
    let ranked = r#"{"results":[{"index":0,"document":{"text":"d"}}]}"#;
    assert_eq!(
        of(canonical(), Operation::Rerank, ranked),
        ["/results/0/document/text  document d"]
    );
    let images = r#"{"data":[{"b64_json":"x","revised_prompt":"p"}]}"#;
    assert_eq!(
        of(canonical(), Operation::Images, images),
        ["/data/0/revised_prompt  prompt p"]
    );
    let message = r#"{"content":[{"type":"text","text":"hi"}]}"#;
    assert_eq!(
        of(short(), Operation::Chat, message),
        ["/content/0/text assistant text hi"]
    );
    assert!(of(anthropic(), Operation::CountTokens, "{\"input_tokens\":1}").is_empty());
}
