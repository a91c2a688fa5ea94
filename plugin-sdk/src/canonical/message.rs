//! One message of a conversation, in a request or in a reply.

use serde::{Deserialize, Deserializer, Serialize};

use super::members::object;
use super::{Content, Extra, Json, Text, ToolCall};
use crate::open_enum::open_enum;

open_enum! {
    /// The author of a message.
    #[derive(Default)]
    pub enum Role {
        /// The application, giving instructions.
        System = "system",
        /// The same, under the name OpenAI's newer models use.
        Developer = "developer",
        /// The end user.
        User = "user",
        /// The model.
        #[default]
        Assistant = "assistant",
        /// A tool, returning the result of a call.
        Tool = "tool",
    }
}

/// One message of a conversation.
///
/// ```
/// use jackfield_plugin_sdk::canonical::{Content, Message, Role};
///
/// let message: Message = serde_json::from_str(r#"{"role": "user", "content": [{"type": "text", "text": "Hi"}]}"#).unwrap();
/// assert_eq!(message.content.map(|content| content.joined_text()).as_deref(), Some("Hi"));
/// assert_eq!(Message::text(Role::Assistant, "Hello").role, Role::Assistant);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Message {
    /// The author of the message.
    pub role: Role,
    /// The content; `null` if an assistant only calls tools.
    pub content: Option<Content>,
    /// The model's thinking, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// The model's thinking with the vendor's signatures, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thinking_blocks: Vec<ThinkingBlock>,
    /// The tool calls an assistant makes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// For role `tool`: the id of the call this message answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// Distinguishes several authors with the same role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model's refusal, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One block of the model's thinking, as signed by Anthropic.
///
/// Source: <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ThinkingBlock {
    /// Readable thinking.
    Thinking {
        /// The text.
        thinking: String,
        /// The vendor's proof that the model wrote the text.
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// Unknown fields.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Encrypted thinking, which only the vendor can read.
    RedactedThinking {
        /// The encrypted text.
        data: String,
        /// Unknown fields.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A kind of block this SDK does not know, preserved verbatim.
    #[serde(untagged)]
    Other(Json),
}

object! {
    Message {
        "role" => role,
        "content" => content,
        "reasoning_content" => reasoning_content,
        "thinking_blocks" => thinking_blocks,
        "tool_calls" => tool_calls,
        "tool_call_id" => tool_call_id,
        "name" => name,
        "refusal" => refusal,
    } requires "role"
}

// === impl ThinkingBlock ===

impl ThinkingBlock {
    /// The thinking of an earlier turn as whole blocks. A client may send it whole, as in a buffered reply, or as the pieces
    /// of a stream: pieces with the same `index` are joined until one carries the signature, and a block without an index is
    /// whole. Thinking without a signature is left out; all other blocks stay as they are.
    ///
    /// ```
    /// use jackfield_plugin_sdk::canonical::ThinkingBlock;
    ///
    /// let pieces: Vec<ThinkingBlock> = serde_json::from_str(
    ///     r#"[{"index": 0, "type": "thinking", "thinking": "a"},
    ///         {"index": 0, "type": "thinking", "thinking": "b", "signature": "s"},
    ///         {"index": 1, "type": "thinking", "thinking": "c"}]"#,
    /// ).unwrap();
    /// let signed = ThinkingBlock::signed(pieces);
    /// assert_eq!(
    ///     serde_json::to_string(&signed).unwrap(),
    ///     r#"[{"type":"thinking","thinking":"ab","signature":"s"}]"#
    /// );
    /// ```
    pub fn signed(pieces: Vec<Self>) -> Vec<Self> {
        let mut whole = Vec::new();
        let (mut text, mut place) = (String::new(), None);
        for piece in pieces {
            let Self::Thinking {
                thinking,
                signature,
                extra,
            } = piece
            else {
                whole.push(piece);
                continue;
            };
            let index = extra.read::<u64>("index");
            if index.is_none() || index != place {
                text.clear();
                place = index;
            }
            text.push_str(&thinking);
            if let Some(signature) = signature.filter(|signature| !signature.is_empty()) {
                whole.push(Self::Thinking {
                    thinking: std::mem::take(&mut text),
                    signature: Some(signature),
                    extra: Extra::new(),
                });
            }
        }
        whole
    }
}

impl From<Extra> for ThinkingBlock {
    /// The block with these members; [`ThinkingBlock::Other`] if they are not those of a known kind.
    fn from(mut block: Extra) -> Self {
        let kind = block.text("type").unwrap_or_default();
        match (kind.as_str(), block.text("thinking"), block.text("data")) {
            ("thinking", Some(thinking), _) => {
                let signature = block.take("signature");
                block.retain(|name, _| !matches!(name, "type" | "thinking"));
                Self::Thinking {
                    thinking,
                    signature,
                    extra: block,
                }
            }
            ("redacted_thinking", _, Some(data)) => {
                block.retain(|name, _| !matches!(name, "type" | "data"));
                Self::RedactedThinking { data, extra: block }
            }
            _ => Self::Other(block.into()),
        }
    }
}

impl<'de> Deserialize<'de> for ThinkingBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let block = Json::deserialize(deserializer)?;
        Ok(match block.read::<Extra>() {
            Some(members) => Self::from(members),
            None => Self::Other(block),
        })
    }
}

// === impl Message ===

impl Message {
    /// A message with a single text.
    pub fn text(role: Role, text: impl Into<Text>) -> Self {
        Self {
            role,
            content: Some(Content::Text(text.into())),
            ..Self::default()
        }
    }
}
