//! A request and its reply through shapers that do as they are told.

use jackfield_dialects::{Operation, canonical};

use super::super::scripted::{refusal, shaper, shapes, told};
use super::super::shaper::Runner;
use super::super::verdict::Changes;
use super::*;

const CHAT: &str = r#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#;
const REPLY: &str = r#"{"choices":[{"index":0,"message":{"content":"a"}}]}"#;

/// Adds a letter to each text that it is given.
fn adds(letter: char) -> Shaper {
    let name = letter.to_string();
    shaper(
        &name,
        shapes(move |parts| {
            let new = |part: &super::super::verdict::Part<'_>| (part.path.to_owned(), format!("{}{letter}", part.text));
            Ok(Verdict::Patch(Changes {
                replacements: parts.iter().map(new).collect(),
                ..Changes::default()
            }))
        }),
    )
}

fn fails(on_failure: OnFailure) -> Shaper {
    Shaper {
        on_failure,
        ..shaper("f", shapes(|_| Err(Trouble::Failed("trapped".to_owned()))))
    }
}

fn refuses() -> Shaper {
    shaper("r", shapes(|_| Ok(Verdict::Refuse(refusal()))))
}

fn shaping(shapers: Vec<Shaper>) -> Shaping {
    let shapers = shapers.into_iter().map(Arc::new).collect();
    Shaping::new(shapers, told(Operation::Chat)).unwrap().unwrap()
}

async fn request(shaping: &mut Shaping, text: &str) -> Result<String, (u16, String)> {
    let parsed = canonical().parse(Operation::Chat, text.as_bytes()).unwrap();
    let shaped = shaping
        .request(canonical(), &parsed)
        .await
        .map_err(|error| of(&error))?;
    Ok(shaped.map_or(text.to_owned(), |shaped| {
        String::from_utf8(shaped.text.to_vec()).unwrap()
    }))
}

async fn reply(shaping: &mut Shaping) -> Result<String, (u16, String)> {
    let shaped = shaping.reply(canonical(), REPLY.as_bytes().to_vec()).await;
    shaped
        .map(|text| String::from_utf8(text).unwrap())
        .map_err(|error| of(&error))
}

fn of(error: &GatewayError) -> (u16, String) {
    (error.status().as_u16(), error.code().to_owned())
}

#[tokio::test]
async fn a_request_goes_one_way_and_its_reply_the_other() {
    let mut shaping = shaping(vec![adds('x'), adds('y')]);
    let shaped = request(&mut shaping, CHAT).await.unwrap();
    assert_eq!(shaped, CHAT.replace("\"a\"", "\"axy\""));
    assert_eq!(reply(&mut shaping).await.unwrap(), REPLY.replace("\"a\"", "\"ayx\""));
}

#[tokio::test]
async fn a_shaper_that_need_not_see_the_reply_does_not() {
    let once = shaper(
        "o",
        shapes(|parts| {
            Ok(Verdict::Patch(Changes {
                replacements: vec![(parts[0].path.to_owned(), "seen".to_owned())],
                skips_reply: true,
                ..Changes::default()
            }))
        }),
    );
    let mut shaping = shaping(vec![once]);
    assert!(shaping.reads_replies());
    let shaped = request(&mut shaping, CHAT).await.unwrap();
    assert_eq!(shaped, CHAT.replace("\"a\"", "\"seen\""));
    assert!(!shaping.reads_replies());
    assert_eq!(reply(&mut shaping).await.unwrap(), REPLY);
}

#[tokio::test]
async fn a_refusal_is_the_clients_error_in_the_shapers_words() {
    let expected = (403, "not_here".to_owned());
    let mut all = shaping(vec![adds('x'), refuses(), fails(OnFailure::Refuse)]);
    assert_eq!(request(&mut all, CHAT).await, Err(expected.clone()));
    assert_eq!(reply(&mut shaping(vec![refuses()])).await, Err(expected));
}

#[tokio::test]
async fn a_failure_refuses_or_passes_as_the_operator_says() {
    let mut strict = shaping(vec![fails(OnFailure::Refuse), adds('x')]);
    let failed = (502, "SHAPER_FAILED".to_owned());
    assert_eq!(request(&mut strict, CHAT).await, Err(failed.clone()));
    assert_eq!(reply(&mut strict).await, Err(failed));
    let mut lax = shaping(vec![fails(OnFailure::Pass), adds('x')]);
    assert_eq!(request(&mut lax, CHAT).await.unwrap(), CHAT.replace("\"a\"", "\"ax\""));
    assert_eq!(reply(&mut lax).await.unwrap(), REPLY.replace("\"a\"", "\"ax\""));
}

#[tokio::test]
async fn a_text_that_could_hide_another_is_the_clients_fault() {
    let twice = r#"{"model":"m","messages":[{"role":"user","content":"seen","content":"hidden"}]}"#;
    let mut lax = shaping(vec![Shaper {
        on_failure: OnFailure::Pass,
        ..adds('x')
    }]);
    let refused = request(&mut lax, twice).await;
    assert_eq!(refused, Err((400, "INVALID_REQUEST".to_owned())));
}

#[tokio::test]
async fn a_shaper_sees_what_it_was_granted_and_no_more() {
    let blind = Shaper {
        sees: vec![Grant::Reply],
        ..adds('x')
    };
    let mut shaping = shaping(vec![blind]);
    assert_eq!(request(&mut shaping, CHAT).await.unwrap(), CHAT);
    assert_eq!(reply(&mut shaping).await.unwrap(), REPLY.replace("\"a\"", "\"ax\""));
}

#[test]
fn a_shaper_that_is_not_in_force_refuses_or_is_passed_over() {
    let lost = |on_failure| {
        let runner = Runner::Nobody("it is broken".to_owned());
        let shaper = Shaper {
            runner,
            on_failure,
            ..adds('x')
        };
        Shaping::new(vec![Arc::new(shaper)], told(Operation::Chat))
    };
    let refused = lost(OnFailure::Refuse).map(|_| ()).unwrap_err();
    assert_eq!(of(&refused), (503, "SHAPER_UNAVAILABLE".to_owned()));
    assert!(lost(OnFailure::Pass).unwrap().is_some());
    assert!(Shaping::new(Vec::new(), told(Operation::Chat)).unwrap().is_none());
}
