//! What a vendor's API has that OpenAI's does not, or has otherwise: one table a vendor, all of plain constants.

mod cerebras;
mod deepseek;
mod fireworks;
mod glm;
mod groq;
mod kimi;
mod llama_cpp;
mod lm_studio;
mod minimax;
mod openai;
mod openrouter;
mod perplexity;
mod qwen;
mod sglang;
mod together;
mod vllm;
mod xai;

use jackfield_plugin_sdk::Extension;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::TokenLimit;

/// The vendor whose API the upstream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Cerebras.
    Cerebras,
    /// `DeepSeek`.
    Deepseek,
    /// Fireworks AI.
    Fireworks,
    /// GLM by z.ai.
    Glm,
    /// Groq.
    Groq,
    /// Kimi by Moonshot AI.
    Kimi,
    /// A llama.cpp server.
    LlamaCpp,
    /// LM Studio.
    LmStudio,
    /// `MiniMax`.
    Minimax,
    /// `OpenAI` itself.
    Openai,
    /// `OpenRouter`.
    Openrouter,
    /// Perplexity.
    Perplexity,
    /// Qwen by Alibaba Cloud (`DashScope`).
    Qwen,
    /// An `SGLang` server.
    Sglang,
    /// Together AI.
    Together,
    /// A vLLM server.
    Vllm,
    /// Grok by xAI.
    Xai,
}

/// How a vendor's chat completions differ from OpenAI's.
#[derive(Debug)]
pub struct Traits {
    /// The extensions of OpenAI's API that it has.
    pub accepts: &'static [Extension],
    /// Its name for the token limit.
    pub max_tokens: TokenLimit,
    /// Parameters that it refuses, or that mean something else there. What the client loses is named.
    pub drops: &'static [&'static str],
    /// Parameters that it has under another name.
    pub renames: &'static [(&'static str, &'static str)],
    /// Parameters that are set, as JSON, unless the client sets them.
    pub defaults: &'static [(&'static str, &'static str)],
    /// The models (`*` stands for anything) whose sampling is fixed: they refuse `temperature` and its kind.
    pub fixed_sampling: &'static [&'static str],
    /// The highest temperature; OpenAI's is 2.
    pub max_temperature: f64,
    /// Whether a stream's usage has to be requested. Some report it anyway.
    pub stream_usage: bool,
    /// How it is told to think.
    pub thinking: Thinking,
    /// Whether its tools are functions alone; a request with others is refused.
    pub only_functions: bool,
    /// Which values of `tool_choice` it has.
    pub tool_choice: ToolChoices,
    /// What it needs in the messages of earlier turns. Anything but [`History::ANY`] brings the messages into the plugin.
    pub history: History,
}

/// How a vendor is told to think, and how hard.
#[derive(Debug)]
pub struct Thinking {
    /// The parameter that switches it.
    pub switch: Switch,
    /// The client's efforts that the vendor has another word for. All others pass.
    pub efforts: &'static [(&'static str, &'static str)],
    /// Whether it has `reasoning_effort` at all.
    pub has_effort: bool,
}

/// The parameter that switches thinking on or off.
#[derive(Debug, PartialEq, Eq)]
pub enum Switch {
    /// There is none: thinking is on or off with the model.
    None,
    /// `reasoning_effort`, in which this word means off.
    Effort(&'static str),
    /// `thinking: {type}`, which is `disabled`, or this word.
    Type(&'static str),
    /// `enable_thinking`, with the number of tokens in `thinking_budget`.
    Enable,
    /// `reasoning: {enabled}`; if true, also with `effort` or `max_tokens` in it.
    Reasoning(bool),
    /// `chat_template_kwargs: {enable_thinking}`, for models whose chat template has it.
    Template,
}

/// Which values of `tool_choice` a vendor has.
#[derive(Debug, PartialEq, Eq)]
pub enum ToolChoices {
    /// All of OpenAI's.
    All,
    /// Words alone: no function can be named. The named one becomes the only tool, which is required.
    Words,
    /// None that forces a call, so such a request is refused.
    Free,
}

/// What a vendor needs in the messages of earlier turns.
#[derive(Debug, PartialEq, Eq)]
pub struct History {
    /// Where reasoning has to be, even if the client sends none.
    pub reasoning: Reasoning,
    /// Whether a content has to be one string: parts of text are joined.
    pub is_flat: bool,
    /// Whether there is no role `developer`, so that it becomes `system`.
    pub is_system: bool,
}

/// Where the assistant's messages have to hold their reasoning.
#[derive(Debug, PartialEq, Eq)]
pub enum Reasoning {
    /// Nowhere.
    Free,
    /// In `reasoning_content` of every message, while the model thinks. This text stands for one that is missing.
    Everywhere(&'static str),
    /// The same in messages with tool calls alone.
    WithCalls(&'static str),
    /// In `reasoning_details`.
    Details,
}

/// An API that has nothing of its own.
pub const PLAIN: Traits = Traits {
    accepts: &[],
    max_tokens: TokenLimit::Keep,
    drops: &[],
    renames: &[],
    defaults: &[],
    fixed_sampling: &[],
    max_temperature: 2.0,
    stream_usage: true,
    thinking: Thinking::EFFORT,
    only_functions: false,
    tool_choice: ToolChoices::All,
    history: History::ANY,
};

// === impl Thinking ===

impl Thinking {
    /// OpenAI's way: an effort and no switch.
    pub const EFFORT: Self = Self {
        switch: Switch::None,
        efforts: &[],
        has_effort: true,
    };
}

// === impl History ===

impl History {
    /// Messages as OpenAI has them.
    pub const ANY: Self = Self {
        reasoning: Reasoning::Free,
        is_flat: false,
        is_system: false,
    };
}

// === impl Preset ===

impl Preset {
    /// All presets.
    pub const ALL: [Self; 17] = [
        Self::Cerebras,
        Self::Deepseek,
        Self::Fireworks,
        Self::Glm,
        Self::Groq,
        Self::Kimi,
        Self::LlamaCpp,
        Self::LmStudio,
        Self::Minimax,
        Self::Openai,
        Self::Openrouter,
        Self::Perplexity,
        Self::Qwen,
        Self::Sglang,
        Self::Together,
        Self::Vllm,
        Self::Xai,
    ];

    /// The preset's name in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cerebras => "cerebras",
            Self::Deepseek => "deepseek",
            Self::Fireworks => "fireworks",
            Self::Glm => "glm",
            Self::Groq => "groq",
            Self::Kimi => "kimi",
            Self::LlamaCpp => "llama_cpp",
            Self::LmStudio => "lm_studio",
            Self::Minimax => "minimax",
            Self::Openai => "openai",
            Self::Openrouter => "openrouter",
            Self::Perplexity => "perplexity",
            Self::Qwen => "qwen",
            Self::Sglang => "sglang",
            Self::Together => "together",
            Self::Vllm => "vllm",
            Self::Xai => "xai",
        }
    }

    /// The vendor's name in OpenTelemetry's conventions (`gen_ai.provider.name`); the preset's where they have none.
    pub fn telemetry_name(self) -> &'static str {
        match self {
            Self::Xai => "x_ai",
            _ => self.as_str(),
        }
    }

    /// How the vendor differs.
    pub fn traits(self) -> &'static Traits {
        match self {
            Self::Cerebras => &cerebras::TRAITS,
            Self::Deepseek => &deepseek::TRAITS,
            Self::Fireworks => &fireworks::TRAITS,
            Self::Glm => &glm::TRAITS,
            Self::Groq => &groq::TRAITS,
            Self::Kimi => &kimi::TRAITS,
            Self::LlamaCpp => &llama_cpp::TRAITS,
            Self::LmStudio => &lm_studio::TRAITS,
            Self::Minimax => &minimax::TRAITS,
            Self::Openai => &openai::TRAITS,
            Self::Openrouter => &openrouter::TRAITS,
            Self::Perplexity => &perplexity::TRAITS,
            Self::Qwen => &qwen::TRAITS,
            Self::Sglang => &sglang::TRAITS,
            Self::Together => &together::TRAITS,
            Self::Vllm => &vllm::TRAITS,
            Self::Xai => &xai::TRAITS,
        }
    }
}
