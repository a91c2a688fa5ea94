//! What the last message asks for: directives, one per line, and a text to echo.

use jackfield_plugin_sdk::canonical::{ChatRequest, Content, Message, Role};
use jackfield_plugin_sdk::{Failure, FailureClass};

/// What a message asks for. A line that is not a directive is part of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The text to echo.
    pub text: String,
    /// `reason TEXT`: the thinking to return.
    pub reasoning: Option<String>,
    /// `call NAME {json}`: the tools to call, in order.
    pub calls: Vec<ScriptedCall>,
    /// `fail CLASS MESSAGE`: the failure to return.
    pub failure: Option<Failure>,
}

/// A tool call requested by a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedCall {
    /// The tool's name.
    pub name: String,
    /// The arguments, verbatim from the message.
    pub arguments: String,
}

// === impl Script ===

impl Script {
    /// Reads the script of a request: its last user message, or the tool results at its end, which are only echoed.
    pub fn of(request: &ChatRequest) -> Self {
        let messages = &request.messages;
        let results = messages
            .iter()
            .rev()
            .take_while(|message| message.role == Role::Tool)
            .count();
        if results > 0 {
            let results = &messages[messages.len() - results..];
            let text = results.iter().map(text).collect::<Vec<_>>().join("\n");
            return Self {
                text,
                ..Self::default()
            };
        }
        let last = messages.iter().rev().find(|message| message.role == Role::User);
        Self::parse(&last.map(text).unwrap_or_default(), |name| offers(request, name))
    }

    /// Parses a text; `offered` reports whether the client offers a tool with that name.
    pub fn parse(text: &str, offered: impl Fn(&str) -> bool) -> Self {
        let mut script = Self::default();
        let mut lines = Vec::new();
        for line in text.lines() {
            if !script.take_directive(line, &offered) {
                lines.push(line);
            }
        }
        // Without directives, the text is kept verbatim, including its line ends.
        script.text = if lines.len() == text.lines().count() {
            text.to_owned()
        } else {
            lines.join("\n").trim().to_owned()
        };
        script
    }

    /// Applies the line if it is a directive; otherwise returns false.
    fn take_directive(&mut self, line: &str, offered: impl Fn(&str) -> bool) -> bool {
        let Some((word, rest)) = line.trim().split_once(' ') else {
            return false;
        };
        let (first, tail) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "call" if offered(first) => {
                let arguments = if tail.is_empty() { "{}" } else { tail };
                self.calls.push(ScriptedCall {
                    name: first.into(),
                    arguments: arguments.into(),
                });
            }
            "reason" => self.reasoning = Some(rest.to_owned()),
            "fail" => match FailureClass::named(first) {
                Some(class) => self.failure = Some(Failure::new(class, tail)),
                None => return false,
            },
            _ => return false,
        }
        true
    }
}

/// Whether the client offers a function with this name.
pub fn offers(request: &ChatRequest, name: &str) -> bool {
    request
        .tools
        .iter()
        .filter_map(|tool| tool.function.as_ref())
        .any(|tool| tool.name == name)
}

fn text(message: &Message) -> String {
    message.content.as_ref().map(Content::joined_text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Script {
        Script::parse(text, |name| name == "weather")
    }

    #[test]
    fn a_text_without_directives_stays_as_it_is() {
        let text = "Hello,\n\n  world\n";
        assert_eq!(
            parse(text),
            Script {
                text: text.into(),
                ..Script::default()
            }
        );
    }

    #[test]
    fn several_lines_call_several_tools() {
        let script = parse("Look:\ncall weather {\"city\": \"Oslo\"}\ncall weather");
        let call = |arguments: &str| ScriptedCall {
            name: "weather".into(),
            arguments: arguments.into(),
        };
        assert_eq!(script.calls, [call("{\"city\": \"Oslo\"}"), call("{}")]);
        assert_eq!(script.text, "Look:");
    }

    #[test]
    fn a_tool_that_is_not_offered_is_plain_text() {
        let script = parse("call home {}");
        assert_eq!((script.text.as_str(), script.calls.len()), ("call home {}", 0));
    }

    #[test]
    fn a_failure_has_a_class_and_a_message() {
        let script = parse("fail rate-limited slow down, please");
        assert_eq!(script.failure, Some(Failure::rate_limited("slow down, please")));
    }

    #[test]
    fn a_class_that_does_not_exist_is_plain_text() {
        let script = parse("fail better next time");
        assert_eq!((script.text.as_str(), script.failure), ("fail better next time", None));
    }
}
