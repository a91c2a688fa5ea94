//! Instructions go where they belong, and all else stays as it was.

use crate::client::Dialect;
use crate::json::{Edited, Members};
use crate::operation::Operation;
use crate::tests::request;
use crate::texts::instruct::{Instruction, InstructionPlace};
use crate::{all, canonical};

fn instructed(dialect: Dialect, text: &str, instructions: &[(InstructionPlace, &str)]) -> String {
    let instructions: Vec<Instruction> = instructions
        .iter()
        .map(|(place, text)| Instruction {
            place: *place,
            text: (*text).to_owned(),
        })
        .collect();
    let whole = dialect
        .instructed(&request(Operation::Chat, text), &instructions)
        .unwrap();
    let read = Members::parse(whole.text()).unwrap();
    let known = whole.outline().members(whole.text()).unwrap();
    assert!(known.all().map(|(name, _)| name).eq(read.all().map(|(name, _)| name)));
    String::from_utf8(whole.into_parts().0).unwrap()
}

#[test]
fn a_chat_gets_messages() {
    use InstructionPlace::{First, Last, Only};
    let new = |text: &str| format!(r#"{{"role":"system","content":"{text}"}}"#);
    let (sys, user, dev) = (
        r#"{"role":"system","content":"s"}"#,
        r#"{"role":"user", "content":"u"}"#,
        r#"{"role":"developer","content":"d"}"#,
    );
    let [a, b] = ["a", "b"].map(new);
    for (messages, instructions, expected) in [
        (format!(" {user} "), &[(First, "a")][..], format!("{a}, {user} ")),
        (
            format!("{sys},{user}"),
            &[(First, "a"), (First, "b")],
            format!("{a},{b},{sys},{user}"),
        ),
        (
            format!("{sys} , {dev} , {user}"),
            &[(Last, "a")],
            format!("{sys} , {dev},{a} , {user}"),
        ),
        (user.to_owned(), &[(Last, "a")], format!("{a},{user}")),
        (format!("{sys}, {user} ,{dev}"), &[(Only, "a")], format!("{a},{user}")),
        (format!("{sys} ,{dev}"), &[(Only, "a")], a.clone()),
        (sys.to_owned(), &[(First, "a"), (Only, "b")], format!("{a},{b}")),
        (
            format!("{sys},{user}"),
            &[(Only, "a"), (Last, "b")],
            format!("{a},{b},{user}"),
        ),
    ] {
        let text = format!(r#"{{"model":"m","messages":[{messages}],"x":1.0}}"#);
        let expected = format!(r#"{{"model":"m","messages":[{expected}],"x":1.0}}"#);
        assert_eq!(instructed(canonical(), &text, instructions), expected);
    }
}

/// What is behind the messages that count is no JSON, so whoever reads it fails.
#[test]
fn what_is_not_touched_is_not_read() {
    let (sys, user) = (r#"{"role":"system","content":"s"}"#, r#"{"role":"user","content":]"#);
    let instruction = |place| Instruction {
        place,
        text: "i".to_owned(),
    };
    let new = r#"{"role":"system","content":"i"}"#;
    for (place, messages, expected) in [
        (InstructionPlace::First, user.to_owned(), format!("{new},{user}")),
        (InstructionPlace::Last, user.to_owned(), format!("{new},{user}")),
        (
            InstructionPlace::Last,
            format!("{sys} , {user}"),
            format!("{sys},{new} , {user}"),
        ),
    ] {
        let whole = |messages: &str| format!(r#"{{"model":"m","messages":[{messages}]}}"#);
        let known = request(Operation::Chat, r#"{"model":"m","messages":[{}]}"#);
        let text = whole(&messages);
        let grown = Edited::within(&known.members, vec![(25..27, messages.as_str().into())]);
        assert_eq!(grown.text(), text.as_bytes());
        let unread = known.edited(grown.text(), grown.outline()).unwrap();
        let instructed = canonical().instructed(&unread, &[instruction(place)]).unwrap();
        assert_eq!(String::from_utf8_lossy(instructed.text()), whole(&expected));
    }
}

#[test]
fn messages_get_a_system_text() {
    use InstructionPlace::{First, Last, Only};
    for (system, instructions, expected) in [
        (None, &[(First, "a")][..], "\"a\""),
        (Some("null"), &[(First, "a"), (Last, "b")], r#""a\n\nb""#),
        (Some(r#""s \u00e9""#), &[(First, "a\"")], r#""a\"\n\ns \u00e9""#),
        (Some("\"s\""), &[(Last, "a")], r#""s\n\na""#),
        (Some("\"s\""), &[(Only, "a")], "\"a\""),
        (
            Some(r#"[ {"type":"text","text":"s"}]"#),
            &[(First, "a"), (Last, "b")],
            r#"[{"type":"text","text":"a"}, {"type":"text","text":"s"},{"type":"text","text":"b"}]"#,
        ),
        (Some(r#"[{"type":"text","text":"s"}]"#), &[(Only, "a")], "\"a\""),
        (Some("[]"), &[(Last, "a")], "\"a\""),
    ] {
        let (head, tail) = (r#"{"model":"m","#, r#""messages":[{"role":"user","content":"u"}]"#);
        let text = match system {
            None => format!("{head}{tail}}}"),
            Some(system) => format!("{head}\"system\":{system},{tail}}}"),
        };
        let expected = match system {
            None => format!("{head}{tail},\"system\":{expected}}}"),
            Some(_) => format!("{head}\"system\":{expected},{tail}}}"),
        };
        assert_eq!(instructed(all()[1], &text, instructions), expected);
    }
}

#[test]
fn what_is_no_conversation_takes_none() {
    let request = request(Operation::Embeddings, r#"{"input":"a"}"#);
    assert!(canonical().instructed(&request, &[]).is_err());
}
