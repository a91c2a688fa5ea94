//! Pairs tool calls with their results, as the API requires: as many results as calls, in the next turn.
//!
//! Source: <https://ai.google.dev/gemini-api/docs/function-calling>, "Parallel function calling".

use jackfield_plugin_sdk::canonical::{Extra, Json};

use super::part::{Data, Part, Response};
use super::said::own_id;

/// The calls of the model's last turn, in order, each with its result once that is known.
#[derive(Default)]
pub(super) struct Results(Vec<Pending>);

struct Pending {
    id: String,
    name: String,
    response: Option<Json>,
}

// === impl Results ===

impl Results {
    /// Expects the result of a call.
    pub(super) fn expect(&mut self, id: &str, name: &str) {
        self.0.push(Pending {
            id: id.to_owned(),
            name: name.to_owned(),
            response: None,
        });
    }

    /// Takes a result; false if no call waits for it.
    pub(super) fn answer(&mut self, id: &str, text: &str, is_error: bool) -> bool {
        let mut waiting = self.0.iter_mut().filter(|call| call.response.is_none());
        let call = waiting.find(|call| call.id == id);
        call.map(|call| call.response = Some(response(text, is_error)))
            .is_some()
    }

    /// The results in the order of their calls, which is how the API pairs those without ids. A missing one is said to
    /// be missing.
    pub(super) fn take(&mut self) -> Vec<Part> {
        let calls = std::mem::take(&mut self.0).into_iter();
        let part = |call: Pending| {
            Part::from(Data::FunctionResponse(Response {
                id: own_id(&call.id),
                name: call.name,
                response: call
                    .response
                    .unwrap_or_else(|| response("This call has no result.", true)),
            }))
        };
        calls.map(part).collect()
    }
}

/// The result as the object that the API wants: the tool's own if it returned one, else `output` or `error`.
///
/// Source: `FunctionResponse.response` in <https://ai.google.dev/api/caching#FunctionResponse>.
fn response(text: &str, is_error: bool) -> Json {
    let own = Json::parse(text).ok().filter(Json::is_object);
    match own {
        Some(own) if !is_error => own,
        own => {
            let name = if is_error { "error" } else { "output" };
            let mut response = Extra::new();
            response.insert(name, own.unwrap_or_else(|| Json::from(text)));
            response.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::response;

    #[test]
    fn a_result_is_an_object() {
        for (text, is_error, expected) in [
            ("sunny", false, r#"{"output":"sunny"}"#),
            ("[1, 2]", false, r#"{"output":"[1, 2]"}"#),
            ("{\"degrees\": 21.0}", false, r#"{"degrees":21.0}"#),
            ("no such town", true, r#"{"error":"no such town"}"#),
            ("{\"code\": 1}", true, r#"{"error":{"code":1}}"#),
            ("", false, r#"{"output":""}"#),
        ] {
            assert_eq!(response(text, is_error).text(), expected);
        }
    }
}
