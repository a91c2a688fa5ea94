//! What is redacted, in which encodings, and what is not.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;

use super::Redaction;
use crate::error::{Class, Failure};
use crate::upstream::credential::Keeper;

/// A key of which every byte is written differently somewhere.
const KEY: &str = "sk/+ 1&2\"3\\4%5ä😀=";

fn of(key: &str) -> Redaction {
    Redaction::default().key(key)
}

fn said(redaction: &Redaction, text: &str) -> String {
    redaction.text(text).into_owned()
}

fn percent(text: &str, upper: bool) -> String {
    text.bytes().fold(String::new(), |out, byte| {
        if byte.is_ascii_alphanumeric() {
            format!("{out}{}", char::from(byte))
        } else if upper {
            format!("{out}%{byte:02X}")
        } else {
            format!("{out}%{byte:02x}")
        }
    })
}

/// What a JSON string has between its quotes.
fn unquoted(json: &str) -> &str {
    &json[1..json.len() - 1]
}

/// The key in every encoding in which an upstream may show it.
fn encodings(key: &str) -> Vec<String> {
    let json = serde_json::to_string(key).unwrap();
    let json = unquoted(&json);
    let twice = serde_json::to_string(json).unwrap();
    let units: Vec<String> = key.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let html = key.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let standard = STANDARD.encode(key);
    vec![
        key.to_owned(),
        percent(key, true),
        percent(key, false),
        percent(key, false).replace("%20", "+"),
        percent(&percent(key, true), true),
        json.to_owned(),
        json.replace('/', "\\/"),
        json.replace('&', "\\u0026"),
        unquoted(&twice).to_owned(),
        units.concat(),
        html,
        key.replace('&', "&#38;").replace('"', "&#x22;"),
        standard.trim_end_matches('=').to_owned(),
        percent(&standard, true),
        standard,
        URL_SAFE.encode(key),
        URL_SAFE.encode(key).trim_end_matches('=').to_owned(),
    ]
}

#[test]
fn a_key_is_redacted_in_every_encoding() {
    let redaction = of(KEY);
    for encoding in encodings(KEY) {
        let redacted = said(&redaction, &format!("no: {encoding} is wrong"));
        let redacted = redacted.replace("%3D", "").replace("%3d", "");
        assert_eq!(redacted, "no: [secret] is wrong", "{encoding}");
    }
}

#[test]
fn a_basic_credential_is_redacted_as_a_whole_and_in_parts() {
    let redaction = of("robot-7:pa55");
    for bad in [
        "robot-7:pa55",
        "Basic cm9ib3QtNzpwYTU1",
        "cm9ib3QtNzpwYTU1",
        "user robot-7",
        "password pa55!",
        "xpa55x",
        "robot-7%3Apa55",
        "cGE1NQ==",
        "cGE1NQ",
    ] {
        let redacted = said(&redaction, bad);
        for part in ["robot-7", "pa55", "cm9", "cGE1", "NzpwYTU1"] {
            assert!(!redacted.contains(part), "{part} in {redacted}");
        }
        assert!(redacted.contains("[secret]"), "{redacted}");
    }
}

#[test]
fn a_key_within_other_base64_is_redacted() {
    let redaction = of("sk-12345678");
    for before in ["", "a", "ab", "abc"] {
        let encoded = STANDARD.encode(format!("{before}sk-12345678 and more"));
        assert_eq!(said(&redaction, &format!("<{encoded}>")), "<[secret]>", "{before}");
    }
}

#[test]
fn a_key_that_was_cut_off_is_redacted() {
    let redaction = of("sk-1234567890");
    for cut in [
        "no: sk-12345678",
        "no: sk-12345678...",
        "no: sk-1234567…",
        "no: sk%2D123456",
    ] {
        let redacted = said(&redaction, cut);
        assert!(redacted.starts_with("no: [secret]"), "{redacted}");
    }
    assert_eq!(said(&redaction, "no: sk-1234 is short"), "no: sk-1234 is short");
}

#[test]
fn a_short_key_is_redacted_and_a_very_short_one_as_a_word() {
    assert_eq!(said(&of("pa55"), "keypa55word pa55"), "key[secret]word [secret]");
    assert_eq!(
        said(&of("abc"), "abc \"abc\" key=abc&x (YWJj)"),
        "[secret] \"[secret]\" key=[secret]&x ([secret])"
    );
    assert_eq!(said(&of("abc"), "abcd 1abc xYWJj"), "abcd 1abc xYWJj");
}

#[test]
fn of_headers_only_what_may_be_a_secret_is_redacted() {
    let redaction = Redaction::default()
        .header("x-feature", "on")
        .header("x-team", "search")
        .header("x-static", "header-0f9e")
        .header("x-auth-token", "tok7")
        .header("authorization", "Bearer sk-9876");
    assert_eq!(said(&redaction, "it is on; research"), "it is on; research");
    assert_eq!(said(&redaction, "by search, header-0f9e"), "by [secret], [secret]");
    assert_eq!(said(&redaction, "xtok7x, key sk-9876"), "x[secret]x, key [secret]");
}

#[test]
fn an_access_key_is_redacted_in_all_its_parts() {
    let redaction = Redaction::default().access_key([Some("AKIDEXAMPLE"), Some("wJalr/XUtn+FEMI"), None]);
    assert_eq!(
        said(&redaction, "AKIDEXAMPLE/20150830 wJalr%2FXUtn%2BFEMI"),
        "[secret]/20150830 [secret]"
    );
}

#[test]
fn tokens_are_redacted_from_when_they_are_made_until_two_later_ones_are() {
    let redaction = of("sk-1234567");
    let token = |number: usize| format!("ya29.token-number-{number}");
    for number in 0..5 {
        assert_eq!(said(&redaction, &token(number)), token(number));
        redaction.keep(&token(number));
        assert_eq!(said(&redaction, &token(number)), "[secret]");
    }
    assert_eq!(said(&redaction, &token(1)), "[secret]");
    assert_eq!(said(&redaction, &token(0)), token(0));
    assert_eq!(said(&redaction, "sk-1234567"), "[secret]");
}

#[test]
fn a_proxys_credential_is_redacted_in_both_spellings() {
    let redaction = Redaction::default().proxy("http://robot:pa%20ss-word@proxy.example:3128");
    assert_eq!(said(&redaction, "pa%20ss-word pa ss-word"), "[secret] [secret]");
    assert_eq!(said(&redaction, "proxy.example:3128"), "proxy.example:3128");
    let none = Redaction::default().proxy("http://proxy.example:3128");
    assert_eq!(format!("{none:?}"), "Redaction of 0 needles");
}

#[test]
fn all_that_a_failure_says_is_redacted() {
    let redaction = of("sk-1234567");
    let mut failure = Failure::new(Class::Client, "no: sk-1234567");
    failure.detail.param = Some("header sk-1234567".to_owned());
    failure.detail.code = Some("sk%2D1234567".to_owned());
    failure.detail.kind = Some("plain".to_owned());
    let failure = redaction.apply(failure);
    assert_eq!(failure.message, "no: [secret]");
    assert_eq!(failure.detail.param.as_deref(), Some("header [secret]"));
    assert_eq!(failure.detail.code.as_deref(), Some("[secret]"));
    assert_eq!(failure.detail.kind.as_deref(), Some("plain"));
}

#[test]
fn nothing_else_is_redacted() {
    let redaction = of("sk-1234567");
    for text in [
        "",
        "plain",
        "100% & more \\ than + that",
        "sk-123456 8",
        "&amp; \\u0041 %41 %",
    ] {
        assert!(matches!(redaction.text(text), std::borrow::Cow::Borrowed(_)), "{text}");
    }
}

proptest! {
    #[test]
    fn no_encoding_of_any_key_survives(key in "[ -~äß€]{9,24}", before in "[a-z ]{0,6}", which in 0_usize..17) {
        let key = key.trim();
        prop_assume!(key.len() >= 9);
        let encoding = &encodings(key)[which];
        let redacted = said(&of(key), &format!("{before} {encoding} behind"));
        prop_assert!(!redacted.contains(encoding.trim_end_matches('=')), "{redacted}");
    }

    #[test]
    fn no_text_is_too_odd(text in "[%\\\\&+u0-9a-f;#x ]{0,64}", key in "[%\\\\&+u0-9a-f;#x ]{1,12}") {
        let _ = of(&key).text(&text);
    }
}
