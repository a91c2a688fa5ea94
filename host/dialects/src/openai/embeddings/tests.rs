//! The forms of requests, and replies that are what was asked for.

use super::{Operation, fields, finish_reply, read};
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::Members;
use crate::summary::ReplySummary;
use crate::tests::facts;

#[test]
fn a_fault_names_the_field_and_the_remedy() {
    for (members, sentence) in [
        ("", "input: is missing; give a string or a list of strings"),
        (r#","input":[]"#, "input: is empty; give a string or a list of strings"),
        (
            r#","input":[1,"a"]"#,
            "input: must be a string, a list of strings, or lists of tokens",
        ),
        (
            r#","input":{}"#,
            "input: must be a string, a list of strings, or lists of tokens",
        ),
        (
            r#","input":"a","encoding_format":"int8""#,
            "encoding_format: must be float or base64",
        ),
        (
            r#","input":"a","dimensions":0"#,
            "dimensions: must be a whole number of at least 1",
        ),
        (
            r#","input":"a","stream":true"#,
            "stream: must be false or left out; embeddings are not streamed",
        ),
    ] {
        let body = format!("{{\"model\":\"m\"{members}}}");
        let fault = fields::body(body.as_bytes()).and_then(read).unwrap_err();
        assert_eq!(fault.to_string(), sentence, "{body}");
    }
}

#[test]
fn every_form_of_input_is_taken() {
    for input in ["\"a\"", "[\"a\",\"b\"]", "[1,2]", "[[1],[2]]"] {
        let body = format!("{{\"model\":\"m\",\"input\":{input},\"dimensions\":5}}");
        let request = fields::body(body.as_bytes()).and_then(read).unwrap();
        assert_eq!(request.parameters(), br#"{"model":"m","dimensions":5}"#);
    }
}

/// The reply to a request with these members.
fn finish(request: &str, reply: &str) -> Result<(String, ReplySummary), StreamFault> {
    let request = format!("{{\"model\":\"e\"{request}}}");
    let request = Members::of(&request).unwrap();
    let facts = ReplyFacts {
        request: &request,
        ..facts(Operation::Embeddings, "route/e")
    };
    let (reply, summary) = finish_reply(reply.as_bytes(), &facts)?;
    Ok((String::from_utf8(reply).unwrap(), summary))
}

#[test]
fn the_model_and_the_provider_are_set() {
    let body = r#"{"data":[{"embedding":[1.0]}],"model":"up","usage":{"prompt_tokens":3}}"#;
    let (reply, summary) = finish(r#","input":"a""#, body).unwrap();
    assert_eq!(
        reply,
        r#"{"data":[{"embedding":[1.0]}],"model":"route/e","usage":{"prompt_tokens":3},"provider":"p"}"#
    );
    assert_eq!(summary.usage.input_tokens, Some(3));
}

#[test]
fn vectors_come_in_the_order_of_their_indexes() {
    let entry =
        |index: usize| format!(r#"{{"object":"embedding","embedding":[{index}.123456789012345678],"index":{index}}}"#);
    let body = |order: [usize; 3]| format!(r#"{{"data":[{}],"model":"up"}}"#, order.map(entry).join(","));
    let (reply, _) = finish(r#","input":["a","b","c"]"#, &body([2, 0, 1])).unwrap();
    let sorted = body([0, 1, 2]).replace("\"up\"}", "\"route/e\",\"provider\":\"p\"}");
    assert_eq!(reply, sorted);
}

#[test]
fn each_input_has_one_vector() {
    let data = |indexes: &[&str]| {
        let entries: Vec<String> = indexes.iter().map(|it| format!("{{{it}\"embedding\":[1]}}")).collect();
        format!(r#"{{"data":[{}]}}"#, entries.join(","))
    };
    let (zero, one, two) = ("\"index\":0,", "\"index\":1,", "\"index\":2,");
    for (input, indexes) in [
        ("\"a\"", &[zero][..]),
        ("\"a\"", &[""]),
        ("[1,2,3]", &[zero]),
        ("[[1],[2]]", &[one, zero]),
        ("[\"a\",\"b\"]", &[zero, one]),
    ] {
        assert!(
            finish(&format!(",\"input\":{input}"), &data(indexes)).is_ok(),
            "{input}"
        );
    }
    for indexes in [
        &[][..],
        &[zero],
        &[zero, zero],
        &[one, two],
        &[zero, ""],
        &["", ""],
        &[zero, one, two],
        &[zero, "\"index\":18446744073709551615,"],
        &[zero, "\"index\":-1,"],
    ] {
        let fault = finish(r#","input":["a","b"]"#, &data(indexes));
        assert!(
            matches!(fault, Err(StreamFault::Malformed(_))),
            "{indexes:?}: {fault:?}"
        );
    }
}

#[test]
fn vectors_keep_the_encoding_and_the_dimensions_that_were_asked_for() {
    let body = |vector: &str| format!(r#"{{"data":[{{"index":0,"embedding":{vector},"x":1.0}}],"model":"route/e"}}"#);
    let (numbers, base64) = ("[0.5,-2.0]", "\"AAAAPwAAAMA=\"");
    for (asked, told) in [
        ("", numbers),
        (r#","encoding_format":null"#, numbers),
        (r#","encoding_format":"float""#, numbers),
        (r#","encoding_format":"base64""#, base64),
    ] {
        for given in [numbers, base64] {
            let (reply, _) = finish(&format!(",\"input\":\"a\"{asked}"), &body(given)).unwrap();
            let expected = body(told).replace("\"route/e\"}", "\"route/e\",\"provider\":\"p\"}");
            assert_eq!(reply, expected, "{asked} {given}");
        }
    }
    let asked = |dimensions: u64| finish(&format!(",\"input\":\"a\",\"dimensions\":{dimensions}"), &body(numbers));
    assert!(asked(2).is_ok());
    assert_eq!(
        asked(1).unwrap_err(),
        StreamFault::Malformed("data: a vector has 2 dimensions instead of 1".to_owned())
    );
}

#[test]
fn a_total_alone_is_also_given_as_the_prompts() {
    for (given, told) in [
        (r#"{"total_tokens":7}"#, r#"{"total_tokens":7,"prompt_tokens":7}"#),
        (
            r#"{"prompt_tokens":null, "total_tokens":7}"#,
            r#"{"prompt_tokens":7, "total_tokens":7}"#,
        ),
        (r#"{"prompt_tokens":5}"#, r#"{"prompt_tokens":5}"#),
        ("{}", "{}"),
        ("null", "null"),
        ("[7]", "[7]"),
    ] {
        let body = |usage: &str, end: &str| format!(r#"{{"data":[{{"embedding":[1]}}],"usage":{usage},{end}}}"#);
        let (reply, _) = finish("", &body(given, r#""model":"up""#)).unwrap();
        assert_eq!(reply, body(told, r#""model":"route/e","provider":"p""#));
    }
}

#[test]
fn what_has_no_embeddings_is_malformed() {
    for body in [
        "{}",
        "[]",
        r#"{"data":[]}"#,
        r#"{"data":[1]}"#,
        r#"{"data":[[0,[1]]]}"#,
        r#"{"data":"x"}"#,
        r#"{"data":[{}]}"#,
        r#"{"data":[{"embedding":null}]}"#,
        r#"{"data":[{"embedding":7}]}"#,
    ] {
        let fault = finish("", body);
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}");
    }
    for body in [r#"{"error":{"message":"slow"}}"#, r#"{"detail":"no such model"}"#] {
        assert!(matches!(finish("", body), Err(StreamFault::Upstream { .. })), "{body}");
    }
}
