//! Which function a tool's result belongs to.

use std::collections::BTreeMap;

use super::{Message, ToolCall};

/// The names of the functions that were called, by the ids of the calls.
///
/// OpenAI's results carry the call's id alone, but many upstreams want the function's name with a result. Some vendors
/// begin to count their ids anew in each turn, so the latest call with an id counts. Go through the messages in order:
/// ```
/// use jackfield_plugin_sdk::canonical::{Message, Role, ToolCall, ToolNames};
///
/// let call = ToolCall::function("call_1", "weather", "{}");
/// let asked = Message { tool_calls: vec![call], ..Message::default() };
/// let result = Message { tool_call_id: Some("call_1".into()), ..Message::text(Role::Tool, "sunny") };
///
/// let mut names = ToolNames::default();
/// names.see(&asked);
/// assert_eq!(names.of_result(&result), Some("weather"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ToolNames<'a>(BTreeMap<&'a str, &'a str>);

// === impl ToolNames ===

impl<'a> ToolNames<'a> {
    /// Remembers the calls of this message.
    pub fn see(&mut self, message: &'a Message) {
        let entry = |call: &'a ToolCall| (call.id.as_str(), call.function.name.as_str());
        self.0.extend(message.tool_calls.iter().map(entry));
    }

    /// The function called with this id, by the messages seen so far.
    pub fn get(&self, id: &str) -> Option<&'a str> {
        self.0.get(id).copied()
    }

    /// The function whose result this message is. If no call is known, it is the message's own `name`, which clients of
    /// the older form send.
    pub fn of_result<'b>(&self, result: &'b Message) -> Option<&'b str>
    where
        'a: 'b,
    {
        let known = result.tool_call_id.as_deref().and_then(|id| self.get(id));
        known.or(result.name.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Role;

    fn asked(id: &str, name: &str) -> Message {
        Message {
            tool_calls: vec![ToolCall::function(id, name, "{}")],
            ..Message::default()
        }
    }

    fn result(id: Option<&str>, name: Option<&str>) -> Message {
        Message {
            tool_call_id: id.map(str::to_owned),
            name: name.map(str::to_owned),
            ..Message::text(Role::Tool, "done")
        }
    }

    #[test]
    fn the_latest_call_with_an_id_counts() {
        let (first, second) = (asked("0", "weather"), asked("0", "time"));
        let mut names = ToolNames::default();
        names.see(&first);
        assert_eq!(names.of_result(&result(Some("0"), None)), Some("weather"));
        names.see(&second);
        assert_eq!(names.of_result(&result(Some("0"), Some("other"))), Some("time"));
    }

    #[test]
    fn a_result_without_a_known_call_names_itself_or_nothing() {
        let names = ToolNames::default();
        assert_eq!(names.of_result(&result(Some("1"), Some("weather"))), Some("weather"));
        assert_eq!(names.of_result(&result(None, None)), None);
    }
}
