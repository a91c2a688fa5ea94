//! The parts of a canonical request that OpenAI's own API does not have, and that an adapter may accept.

use crate::open_enum::open_enum;

open_enum! {
    /// A part of a canonical request that OpenAI's own API does not have. The host writes what an adapter does not
    /// accept in OpenAI's standard form, or leaves it out.
    pub enum Extension {
        /// An earlier turn's thinking as text.
        ReasoningContent = "reasoning_content",
        /// An earlier turn's thinking with the vendor's signatures.
        ThinkingBlocks = "thinking_blocks",
        /// Blocks of the vendor's own kinds, as a member of a message or among its parts.
        ContentBlocks = "content_blocks",
        /// Parts that hold a document of plain text or of blocks.
        Document = "document",
        /// Files by their URL, in `file_data`.
        FileUrl = "file_url",
        /// Images and files in the result of a tool.
        ToolImages = "tool_images",
        /// The mark of a tool's result that is a failure.
        IsError = "is_error",
        /// Cache breakpoints, wherever they are.
        CacheControl = "cache_control",
        /// A request's `thinking` and `output_config`.
        Thinking = "thinking",
        /// Sampling from the k likeliest tokens.
        TopK = "top_k",
        /// Tools that the vendor defines or runs, and MCP servers that it calls.
        ServerTools = "server_tools",
        /// OpenAI's deprecated `functions` and `function_call`. What is not accepted arrives as tools.
        Functions = "functions",
        /// Names of tools beyond 64 characters.
        LongToolNames = "long_tool_names",
        /// Ids of tool calls beyond 40 characters.
        LongCallIds = "long_call_ids",
        /// A `user` beyond 64 characters.
        LongUserIds = "long_user_ids",
        /// All other members of requests, messages, parts and tools that OpenAI does not have.
        VendorMembers = "vendor_members",
    }
}

// === impl Extension ===

impl Extension {
    /// Every extension that this SDK knows, for an upstream that has them all.
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
}
