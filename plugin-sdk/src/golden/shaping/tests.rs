//! Tests that the runner catches the faults it exists to catch.

use super::*;
use crate::{Changes, Fragment, Need, Part, Refusal, Released, ShaperManifest, Shaping, Verdict};

/// What a text of the settings makes the shaper do.
#[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(default)]
struct Habit {
    habit: String,
}

struct Habitual;

impl Shaper for Habitual {
    type Settings = Habit;
    type State = u32;

    fn manifest() -> ShaperManifest {
        ShaperManifest::new("habitual", "0").needs([Need::Reply]).window(2)
    }

    fn shape_request(call: &Shaping<Habit>, parts: &[Part]) -> Result<Verdict<u32>, Failure> {
        match call.settings.habit.as_str() {
            "fails" => Err(Failure::malformed("no")),
            "refuses" => Ok(Refusal::new("no", "not today").status(403).into()),
            "changes" => {
                let changes = Changes::new().without("user").parameter("n", 1)?.state(7);
                Ok(changes.replace(&parts[0].path, "new").into())
            }
            _ => Ok(Verdict::Pass),
        }
    }

    fn shape_text(call: &Shaping<Habit>, calls: &mut u32, fragment: &Fragment) -> Result<Released, Failure> {
        *calls += 1;
        let length = fragment.text.len();
        Ok(match call.settings.habit.as_str() {
            "counts" => Released::new(length, format!("{calls}{}", fragment.text)),
            "hoards" if !fragment.last => Released::new(0, ""),
            "keeps" => Released::new(length.saturating_sub(1), "x"),
            "ends" => Released::new(length, "").refuse(Refusal::new("no", "enough")),
            _ => Released::unchanged(fragment),
        })
    }
}

fn outcome(habit: &str, reply: &str) -> Result<Value, String> {
    let mut case = json!({ "settings": { "habit": habit }, "parts": [{ "text": "hello" }] });
    if !reply.is_empty() {
        case["reply"] = json!([{ "text": reply }]);
    }
    let shaped = shape::<Habitual>(&ShapeCase::parse(&case.to_string()).unwrap())?;
    shaped.map_err(|failure| failure.to_string())
}

#[test]
fn a_verdict_is_shown_without_what_stays() {
    assert_eq!(outcome("", "").unwrap(), json!("pass"));
    let refusal = json!({ "code": "no", "message": "not today", "status": 403 });
    assert_eq!(outcome("refuses", "").unwrap(), json!({ "refuse": refusal }));
    let patch = json!({
        "parameters": { "user": null, "n": 1 }, "replacements": { "/messages/0/content": "new" }, "state": 7,
    });
    assert_eq!(outcome("changes", "").unwrap(), json!({ "patch": patch }));
    assert_eq!(outcome("fails", "").unwrap_err(), "malformed: no");
}

#[test]
fn a_reply_that_depends_on_its_cuts_is_a_fault() {
    let path = "/choices/0/message/content";
    assert_eq!(outcome("", "häl").unwrap(), json!([{ "path": path, "text": "häl" }]));
    assert!(outcome("counts", "ab").unwrap_err().contains("whole it becomes"));
    assert!(
        outcome("hoards", "abcd")
            .unwrap_err()
            .contains("left 3 bytes, but may leave 2")
    );
    assert!(outcome("keeps", "ab").unwrap_err().contains("must be taken as a whole"));
    let ended = outcome("ends", "ab").unwrap();
    assert_eq!(ended[0]["refusal"]["code"], "no");
}

#[test]
fn a_refused_request_has_no_reply() {
    assert!(outcome("refuses", "ab").unwrap_err().contains("there is no reply"));
}
