//! Forms as the vendors' SDKs write them, and what is none.

use proptest::prelude::{any, proptest};
use proptest::{collection, prop_assert, prop_assert_eq};
use serde_json::{Value, json};

use super::{FormData, form_boundary};
use crate::json::Members;

const AUDIO: &[u8] = b"\xff\xfb\x90\r\n--not the boundary\r\n\0";

/// A form with a file and some fields.
fn form() -> Vec<u8> {
    let mut body = b"--xyz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"timestamp_granularities[]\"\r\n\r\nword\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"timestamp_granularities[]\"\r\n\r\nsegment\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\n"
        .to_vec();
    body.extend_from_slice(AUDIO);
    body.extend_from_slice(b"\r\n--xyz--\r\n");
    body
}

fn value(fields: &[u8]) -> Value {
    serde_json::from_slice(fields).unwrap()
}

#[test]
fn the_fields_are_an_object_and_a_file_is_described_in_it() {
    let (fields, _) = FormData::read(&form(), "xyz").unwrap();
    assert_eq!(
        value(&fields),
        json!({
            "model": "whisper-1",
            "timestamp_granularities[]": ["word", "segment"],
            "file": {"filename": "a.mp3", "media_type": "audio/mpeg", "bytes": AUDIO.len()},
        })
    );
}

#[test]
fn a_form_is_written_with_other_fields_and_its_own_files() {
    let (_, read) = FormData::read(&form(), "xyz").unwrap();
    let fields = br#"{"model":"up\"stream","file":{"filename":"forged"},"language":"xyz","temperature":0.50,"many":["a","b"],"on":true}"#;
    let written = read.written(&Members::parse(fields).unwrap(), &form());
    let new = form_boundary(&written.media_type).unwrap();
    assert_eq!(new, "xyzx");
    let (fields, again) = FormData::read(&written.body, &new).unwrap();
    assert_eq!(
        value(&fields),
        json!({
            "model": "up\"stream", "language": "xyz", "temperature": "0.50", "many": ["a", "b"], "on": "true",
            "file": {"filename": "a.mp3", "media_type": "audio/mpeg", "bytes": AUDIO.len()},
        })
    );
    assert_eq!(&written.body[again.files[0].content.clone()], AUDIO);
}

#[test]
fn several_files_of_one_name_stay_in_their_order() {
    let body = b"preamble\r\n--b\r\ncontent-disposition: form-data; name=\"image[]\"; filename=\"1\"\r\n\r\none\r\n\
        --b \r\ncontent-disposition: form-data; name=\"image[]\"; filename=\"2\"\r\n\r\ntwo\r\n--b--";
    let (fields, read) = FormData::read(body, "b").unwrap();
    assert_eq!(value(&fields)["image[]"][1]["filename"], "2");
    assert_eq!(value(&fields)["image[]"][0]["media_type"], "application/octet-stream");
    let written = read.written(&Members::parse(&fields).unwrap(), body).body;
    let written = String::from_utf8(written).unwrap();
    assert!(written.find("one").unwrap() < written.find("two").unwrap());
}

#[test]
fn what_is_no_whole_form_is_refused() {
    for (body, message) in [
        (&b""[..], "body: is not a form: it does not hold its boundary"),
        (b"--b", "body: is not a form: it ends before its last boundary"),
        (b"--b\r\n", "body: is not a form: it ends before its last boundary"),
        (
            b"--b\r\ncontent-disposition: form-data; name=a\r\n\r\n1",
            "body: is not a form: it ends before its last boundary",
        ),
        (
            b"--b\r\n\r\n--b--",
            "body: is not a form: a part has no end of its headers",
        ),
        (
            b"--b\r\nx: y\r\n\r\n1\r\n--b--",
            "body: is not a form: a part has no name",
        ),
        (
            b"--b\r\ncontent-disposition: form-data; name=prompt\r\n\r\n\xff\r\n--b--",
            "prompt: is not UTF-8; attach a file with a filename",
        ),
    ] {
        assert_eq!(FormData::read(body, "b").unwrap_err().to_string(), message);
    }
    let many = "--b\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n".repeat(129) + "--b--";
    let fault = FormData::read(many.as_bytes(), "b").unwrap_err().to_string();
    assert_eq!(fault, "body: is not a form: it has more than 128 parts");
}

#[test]
fn only_a_form_has_a_boundary() {
    for (media_type, found) in [
        ("multipart/form-data; boundary=xyz", Some("xyz")),
        ("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", Some("a b")),
        ("multipart/mixed; boundary=xyz", None),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=\"a\u{e4}\"", None),
        ("application/json", None),
    ] {
        assert_eq!(form_boundary(media_type).as_deref(), found, "{media_type}");
    }
    assert_eq!(
        form_boundary(&format!("multipart/form-data; boundary={}", "x".repeat(71))),
        None
    );
}

proptest! {
    #[test]
    fn whatever_the_texts_are_they_come_back(texts in collection::vec(any::<String>(), 1..4)) {
        let (_, read) = FormData::read(&form(), "xyz").unwrap();
        let fields = json!({ "a": texts[0], "b": texts });
        let fields = fields.to_string();
        let written = read.written(&Members::of(&fields).unwrap(), &form());
        let (again, _) = FormData::read(&written.body, &form_boundary(&written.media_type).unwrap()).unwrap();
        let again = value(&again);
        prop_assert_eq!(&again["a"], &texts[0]);
        if texts.len() > 1 {
            prop_assert_eq!(&again["b"], &json!(texts));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(body in "[-b\r\n:; a-c\"=]{0,64}") {
        if let Ok((fields, _)) = FormData::read(body.as_bytes(), "b") {
            prop_assert!(serde_json::from_slice::<Value>(&fields).is_ok());
        }
    }
}
