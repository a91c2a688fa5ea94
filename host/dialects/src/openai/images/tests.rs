//! Sizes and formats in all their spellings, and replies with what they lack.

use super::{Operation, canonical, fields, finish_reply, read};
use crate::fault::StreamFault;
use crate::tests::facts;

fn body(members: &str) -> String {
    format!("{{\"model\":\"m\",\"prompt\":\"a cat\"{members}}}")
}

#[test]
fn a_fault_names_the_field_and_the_remedy() {
    for (members, sentence) in [
        (r#","n":0"#, "n: must be a whole number of at least 1"),
        (
            r#","size":"big""#,
            "size: must be a width and a height such as \"1024x1024\"",
        ),
        (
            r#","size":"0x1024""#,
            "size: must be a width and a height such as \"1024x1024\"",
        ),
        (r#","width":512"#, "height: is missing; width needs it"),
        (r#","height":512"#, "width: is missing; height needs it"),
        (
            r#","width":"512","height":512"#,
            "width: must be a whole number of at least 1",
        ),
        (
            r#","aspect_ratio":"2:1""#,
            "aspect_ratio: must be 1:1 or 16:9 or 9:16 or 4:3 or 3:4",
        ),
        (
            r#","response_format":"png""#,
            "response_format: must be b64_json or base64 or url",
        ),
        (
            r#","stream":true"#,
            "stream: must be false or left out; images are not streamed",
        ),
        (r#","stream":1"#, "stream: must be true or false"),
    ] {
        let body = body(members);
        let fault = fields::body(body.as_bytes()).and_then(read).unwrap_err();
        assert_eq!(fault.to_string(), sentence, "{body}");
    }
    let fault = fields::body(br#"{"model":"m"}"#).and_then(read).unwrap_err();
    assert_eq!(fault.to_string(), "prompt: is missing; give what the image is to show");
}

#[test]
fn sizes_and_formats_become_openais() {
    for (given, expected) in [
        ("", ""),
        (r#","size":"512x256","x": 1.0"#, r#","size":"512x256","x": 1.0"#),
        (r#","size":"auto""#, r#","size":"auto""#),
        (r#","width":512,"height":256"#, r#","size":"512x256""#),
        (r#","aspect_ratio":"16:9""#, r#","size":"1344x768""#),
        (r#","aspect_ratio":"9:16""#, r#","size":"768x1344""#),
        (
            r#","size":"8x8","width":1,"height":2,"aspect_ratio":"7:5""#,
            r#","size":"8x8""#,
        ),
        (r#","response_format":"base64""#, r#","response_format":"b64_json""#),
        (
            r#","response_format":"url","aspect_ratio":null"#,
            r#","response_format":"url""#,
        ),
    ] {
        let given = body(given);
        let request = fields::body(given.as_bytes()).and_then(read).unwrap();
        let text = String::from_utf8(canonical(&request.members).unwrap()).unwrap();
        assert_eq!(text, body(expected), "{given}");
    }
}

#[test]
fn every_image_has_its_three_members() {
    let reply = br#"{"created":0,"data":[{"url":"https://i/1"},{"b64_json":"AA==","revised_prompt":"x","seed":1}],"credits_charged":5}"#;
    let (reply, summary) = finish_reply(reply, &facts(Operation::Images, "route/i")).unwrap();
    assert_eq!(summary.usage.images, Some(2));
    assert_eq!(
        String::from_utf8(reply).unwrap(),
        r#"{"created":1700,"data":[{"url":"https://i/1","b64_json":null,"revised_prompt":null},{"b64_json":"AA==","revised_prompt":"x","seed":1,"url":null}],"credits_charged":null,"provider":"p","model":"route/i"}"#
    );
}

#[test]
fn what_has_no_images_is_malformed() {
    for reply in [
        "{}",
        r#"{"data":[]}"#,
        r#"{"data":[{}]}"#,
        r#"{"data":[{"url":null,"b64_json":""}]}"#,
        r#"{"data":[{"url":5}]}"#,
        r#"{"data":[{"url":"https://i/1"},{"error":"filtered"}]}"#,
        r#"{"data":["https://i/1"]}"#,
    ] {
        let fault = finish_reply(reply.as_bytes(), &facts(Operation::Images, "m"));
        assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{reply}");
    }
}
