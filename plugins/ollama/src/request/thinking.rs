//! How much a model thinks: `think`, a switch or a level.
//!
//! Source: <https://docs.ollama.com/capabilities/thinking>, and `thinkFromReasoningEffort` in `openai/openai.go`.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{ChatRequest, Json};

use crate::settings::{Settings, Think};

/// The value of `think`: the client's own, that of its effort, the operator's, or none.
///
/// # Errors
/// If the client's `think` or effort has no meaning here.
pub(super) fn think(request: &mut ChatRequest, settings: &Settings) -> Result<Option<Json>, Failure> {
    if let Some(think) = request.extra.remove("think").filter(|think| !think.is_null()) {
        let known: Option<Think> = think.read();
        return match known {
            Some(think) => Ok(Some(Json::of(&think))),
            None => Err(Failure::client(
                "think: must be a boolean, or `low`, `medium`, `high` or `max`",
            )),
        };
    }
    match request.reasoning_effort.as_deref() {
        None => Ok(settings.think.as_ref().map(Json::of)),
        Some(effort) => of_effort(effort).map(Some),
    }
}

fn of_effort(effort: &str) -> Result<Json, Failure> {
    Ok(match effort {
        "none" => false.into(),
        "minimal" | "low" => "low".into(),
        "medium" => "medium".into(),
        "high" => "high".into(),
        "xhigh" | "max" | "ultra" => "max".into(),
        other => {
            return Err(Failure::unsupported(format!(
                "reasoning_effort: this provider does not have {other:?}"
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::FailureClass;
    use serde_json::{Value, json};

    use super::*;

    fn told(request: &Value, settings: &Value) -> Result<Option<String>, FailureClass> {
        let mut request = serde_json::from_value(request.clone()).unwrap();
        let settings = serde_json::from_value(settings.clone()).unwrap();
        let think = think(&mut request, &settings).map_err(|failure| failure.class)?;
        Ok(think.map(|think| think.text().to_owned()))
    }

    #[test]
    fn the_client_decides_before_the_operator() {
        for (request, settings, expected) in [
            (json!({}), json!({}), None),
            (json!({}), json!({"think": false}), Some("false")),
            (json!({}), json!({"think": "high"}), Some("\"high\"")),
            (
                json!({"reasoning_effort": "none"}),
                json!({"think": true}),
                Some("false"),
            ),
            (json!({"reasoning_effort": "minimal"}), json!({}), Some("\"low\"")),
            (json!({"reasoning_effort": "xhigh"}), json!({}), Some("\"max\"")),
            (
                json!({"think": true, "reasoning_effort": "low"}),
                json!({}),
                Some("true"),
            ),
            (
                json!({"think": null, "reasoning_effort": "low"}),
                json!({}),
                Some("\"low\""),
            ),
        ] {
            assert_eq!(told(&request, &settings), Ok(expected.map(str::to_owned)), "{request}");
        }
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        assert_eq!(told(&json!({"think": "hard"}), &json!({})), Err(FailureClass::Client));
        let unknown = json!({"reasoning_effort": "warp"});
        assert_eq!(told(&unknown, &json!({})), Err(FailureClass::Unsupported));
    }
}
