//! What an upstream accepts besides OpenAI's own JSON: the canonical form's known extensions, in one table.

use std::fmt;
use std::str::FromStr;

/// A part of the canonical form that OpenAI's own API does not have. The documents and the plugins' SDK list the same
/// words; a test compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extension {
    /// `reasoning_content`: an earlier turn's thinking as text.
    ReasoningContent,
    /// `thinking_blocks`: an earlier turn's thinking with the vendor's signatures.
    ThinkingBlocks,
    /// `content_blocks`: blocks of the vendor's own kinds, as a member of a message or among its parts.
    ContentBlocks,
    /// `document`: parts that hold a document of plain text or of blocks.
    Document,
    /// `file_url`: files by their URL.
    FileUrl,
    /// `tool_images`: images and files in the result of a tool.
    ToolImages,
    /// `is_error`: the mark of a tool's result that is a failure.
    IsError,
    /// `cache_control`: cache breakpoints, wherever they are.
    CacheControl,
    /// `thinking`: a request's `thinking` and `output_config`.
    Thinking,
    /// `top_k`: sampling from the k likeliest tokens.
    TopK,
    /// `server_tools`: tools that the vendor defines or runs, and MCP servers that it calls.
    ServerTools,
    /// `functions`: OpenAI's deprecated `functions` and `function_call`, which are tools for all others.
    Functions,
    /// `long_tool_names`: names of tools beyond 64 characters.
    LongToolNames,
    /// `long_call_ids`: ids of tool calls beyond 40 characters.
    LongCallIds,
    /// `long_user_ids`: a `user` beyond 64 characters.
    LongUserIds,
    /// `vendor_members`: all other members of requests, messages, parts and tools that OpenAI does not have.
    VendorMembers,
}

/// The extensions that an upstream accepts.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Accepts(u32);

/// The word names no extension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown extension `{0}`; use {known}", known = Extension::ALL.map(Extension::as_str).join(", "))]
pub struct UnknownExtension(String);

// === impl Extension ===

impl Extension {
    /// Every extension, in the order of the documentation.
    pub const ALL: [Self; 16] = [
        Self::ReasoningContent,
        Self::ThinkingBlocks,
        Self::ContentBlocks,
        Self::Document,
        Self::FileUrl,
        Self::ToolImages,
        Self::IsError,
        Self::CacheControl,
        Self::Thinking,
        Self::TopK,
        Self::ServerTools,
        Self::Functions,
        Self::LongToolNames,
        Self::LongCallIds,
        Self::LongUserIds,
        Self::VendorMembers,
    ];

    /// The extension's name in manifests and in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReasoningContent => "reasoning_content",
            Self::ThinkingBlocks => "thinking_blocks",
            Self::ContentBlocks => "content_blocks",
            Self::Document => "document",
            Self::FileUrl => "file_url",
            Self::ToolImages => "tool_images",
            Self::IsError => "is_error",
            Self::CacheControl => "cache_control",
            Self::Thinking => "thinking",
            Self::TopK => "top_k",
            Self::ServerTools => "server_tools",
            Self::Functions => "functions",
            Self::LongToolNames => "long_tool_names",
            Self::LongCallIds => "long_call_ids",
            Self::LongUserIds => "long_user_ids",
            Self::VendorMembers => "vendor_members",
        }
    }

    /// The extension that a member of a message, a part or a tool is, by its name.
    pub(crate) fn of_member(name: &str) -> Option<Self> {
        match name {
            "reasoning" | "reasoning_content" | "reasoning_details" => Some(Self::ReasoningContent),
            "thinking_blocks" => Some(Self::ThinkingBlocks),
            "content_blocks" => Some(Self::ContentBlocks),
            "is_error" => Some(Self::IsError),
            "cache_control" => Some(Self::CacheControl),
            // Replies have them, and OpenAI's API does not know them.
            "citations" | "google_parts" | "images" => Some(Self::VendorMembers),
            _ => None,
        }
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Extension {
    type Err = UnknownExtension;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|extension| extension.as_str() == name);
        known.ok_or_else(|| UnknownExtension(name.to_owned()))
    }
}

// === impl Accepts ===

impl Accepts {
    /// OpenAI's own JSON and nothing else.
    pub const NONE: Self = Self(0);

    /// Every extension.
    pub const ALL: Self = Self((1 << Extension::ALL.len()) - 1);

    /// True if the extension is accepted.
    #[must_use]
    pub const fn contains(self, extension: Extension) -> bool {
        self.0 & Self::bit(extension) != 0
    }

    /// The same, and this extension too.
    #[must_use]
    pub const fn with(self, extension: Extension) -> Self {
        Self(self.0 | Self::bit(extension))
    }

    /// The same without this extension.
    #[must_use]
    pub const fn without(self, extension: Extension) -> Self {
        Self(self.0 & !Self::bit(extension))
    }

    const fn bit(extension: Extension) -> u32 {
        1 << extension as u32
    }
}

impl FromIterator<Extension> for Accepts {
    fn from_iter<I: IntoIterator<Item = Extension>>(extensions: I) -> Self {
        extensions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Accepts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accepted = Extension::ALL.into_iter().filter(|extension| self.contains(*extension));
        out.debug_set().entries(accepted).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Accepts, Extension};

    #[test]
    fn an_extension_is_read_back_from_its_name() {
        for extension in Extension::ALL {
            assert_eq!(extension.to_string().parse(), Ok(extension));
        }
        let error = "top_j".parse::<Extension>().unwrap_err().to_string();
        assert!(
            error.starts_with("unknown extension `top_j`; use reasoning_content, "),
            "{error}"
        );
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        for extension in Extension::ALL {
            let alone = Accepts::NONE.with(extension);
            assert_ne!(alone, Accepts::NONE);
            assert!(alone.contains(extension) && Accepts::ALL.contains(extension));
            assert_eq!(alone.without(extension), Accepts::NONE);
            assert_eq!(Accepts::ALL.without(extension).with(extension), Accepts::ALL);
        }
        assert_eq!(Extension::ALL.into_iter().collect::<Accepts>(), Accepts::ALL);
    }

    #[test]
    fn the_documents_and_the_plugins_sdk_have_the_same_words() {
        let read = |file: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
            std::fs::read_to_string(path).unwrap()
        };
        let ours = Extension::ALL.map(Extension::as_str);
        let document = read("docs/src/configuration.md");
        let table = document.split_once("| extension |").unwrap().1;
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let documented: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        assert_eq!(documented, ours);
        let sdk = read("plugin-sdk/src/manifest/extension.rs");
        let words = sdk
            .lines()
            .filter_map(|line| line.trim().split_once(" = \"")?.1.strip_suffix("\","));
        assert_eq!(words.collect::<Vec<_>>(), ours);
    }
}
