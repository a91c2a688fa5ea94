//! The vendors of these stories: how each writes a turn, what it takes back, and what it demands of a request.

use jackfield_tests::upstream::Reply;
use jackfield_tests::vendor::Turn;
use serde_json::Value;

use super::talk::Protocol;
use super::{bedrock, claude, gemini, openai};

/// A vendor with one of its models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum House {
    Claude,
    Gemini,
    OpenAi,
    /// Claude on Bedrock.
    Bedrock,
    /// Amazon's own model on Bedrock.
    Nova,
    /// Another vendor's model behind Anthropic's API.
    DeepSeek,
}

// === impl House ===

impl House {
    pub(super) const ALL: [Self; 6] = [
        Self::Claude,
        Self::Gemini,
        Self::OpenAi,
        Self::Bedrock,
        Self::Nova,
        Self::DeepSeek,
    ];

    /// The model's name for clients.
    pub(super) fn model(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Gemini => "gemini",
            Self::OpenAi => "gpt",
            Self::Bedrock => "bedrock",
            Self::Nova => "nova",
            Self::DeepSeek => "deepseek",
        }
    }

    /// The model's name upstream.
    pub(super) fn upstream_model(self) -> &'static str {
        match self {
            Self::Claude => "claude-sonnet-4-5",
            Self::Gemini => "gemini-3.1-pro-preview",
            Self::OpenAi => "gpt-5.2",
            Self::Bedrock => "anthropic.claude-sonnet-4-5-20250929-v1:0",
            Self::Nova => "amazon.nova-2-lite-v1:0",
            Self::DeepSeek => "deepseek-reasoner",
        }
    }

    /// The members of a provider's configuration besides its address.
    pub(super) fn provider(self) -> &'static str {
        match self {
            Self::Claude => "adapter: anthropic",
            Self::Gemini => "adapter: gemini",
            Self::OpenAi => "adapter: openai",
            Self::Bedrock | Self::Nova => "adapter: bedrock, auth: { scheme: bearer }",
            Self::DeepSeek => "adapter: anthropic, settings: { origin: deepseek }",
        }
    }

    /// The turn as this vendor writes it.
    pub(super) fn reply(self, turn: &Turn, is_streamed: bool) -> Reply {
        match self {
            Self::Claude | Self::DeepSeek => claude::reply(turn, is_streamed),
            Self::Gemini => gemini::reply(turn, is_streamed),
            Self::OpenAi => openai::reply(turn, is_streamed),
            Self::Bedrock | Self::Nova => bedrock::reply(turn, is_streamed),
        }
    }

    /// The texts of a turn that only whoever wrote them may get back: its thinking, its signature, and what nobody else
    /// can read.
    fn private(turn: &Turn) -> Vec<String> {
        let thinking = turn.thinking.iter();
        let signed = thinking.flat_map(|it| [it.pieces.concat(), it.signature.clone()]);
        signed
            .chain(turn.redacted.clone())
            .filter(|it| !it.is_empty())
            .collect()
    }

    /// True if this vendor takes back what `other` has signed: Claude's signatures are valid on every platform. What a
    /// client of the Responses API or of Google's keeps goes back to its own provider alone.
    ///
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>, "Thinking encryption".
    fn takes(self, other: Self, protocol: Protocol) -> bool {
        let is_claude = |house: Self| matches!(house, Self::Claude | Self::Bedrock);
        let goes_anywhere = matches!(protocol, Protocol::Chat | Protocol::Messages);
        self == other || (goes_anywhere && is_claude(self) && is_claude(other))
    }

    /// Demands a request that this vendor would serve, with what it takes back of these turns and nothing else.
    #[track_caller]
    pub(super) fn check(self, protocol: Protocol, request: &Value, past: &[(Self, Turn)]) {
        let text = request.to_string();
        assert!(!text.contains("jackfield."), "{self:?} gets a mark: {request:#}");
        let mut expected = Vec::new();
        for (house, turn) in past {
            // The two forms of what only the vendor can read differ between the platforms.
            let takes = self.takes(*house, protocol) && self != Self::OpenAi;
            let is_foreign = |it: &&String| !takes || (*house != self && Some(*it) == turn.redacted.as_ref());
            for private in Self::private(turn).iter().filter(is_foreign) {
                assert!(
                    !text.contains(&**private),
                    "{self:?} gets {private} of {house:?}: {request:#}"
                );
            }
            if takes {
                let redacted = turn.redacted.clone().filter(|_| *house == self);
                let signature = turn.thinking.as_ref().map(|it| it.signature.clone());
                expected.extend(signature.into_iter().chain(redacted));
            }
        }
        let found = match self {
            Self::Claude | Self::DeepSeek => claude::check(request),
            Self::Gemini => gemini::check(request, protocol == Protocol::Google),
            Self::OpenAi => openai::check(request),
            Self::Bedrock | Self::Nova => bedrock::check(request),
        };
        assert_eq!(found, expected, "{self:?} gets back what it signed: {request:#}");
    }
}

/// The texts under this name in a list of objects.
pub(super) fn texts(list: &Value, name: &str) -> Vec<String> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry[name].as_str()?.to_owned()))
        .collect()
}
