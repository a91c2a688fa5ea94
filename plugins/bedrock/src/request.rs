//! Translates a canonical chat request to a Converse request.

mod answer;
mod block;
mod body;
mod call_ids;
mod content;
mod conversation;
mod documents;
mod earlier_thinking;
mod media;
mod parameters;
mod reasoning;
mod tool_names;
mod tools;
mod turn;

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, Json};
use jackfield_plugin_sdk::strict_schema::TooDeep;
use jackfield_plugin_sdk::{Dropped, Failure};

use crate::model::{Family, Model};
use crate::settings::Settings;
use answer::Form;
pub(crate) use answer::TOOL as ANSWER_TOOL;
use block::Block;
use body::Body;
use conversation::Conversation;
use media::MediaError;
use reasoning::{Hindrance, Wish};
use tools::one;
pub(crate) use turn::Turn;

/// The members without a struct that are sent, or named where they are read.
const KNOWN: [&str; 8] = [
    "messages[].cache_control",
    "messages[].content[].cache_control",
    "messages[].is_error",
    "messages[].tool_calls[].cache_control",
    "thinking.display",
    "tools[].cache_control",
    "tools[].function.cache_control",
    "web_search_options.*",
];

/// Why a chat request cannot be translated: the client must fix it, or another target take it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("messages[{index}]: {source}")]
    Message { index: usize, source: Box<Self> },
    #[error("messages: at least one message must have text or another content")]
    NoMessages,
    #[error("the role \"{0}\" is not supported: use system, developer, user, assistant or tool")]
    Role(String),
    #[error("content[type={0}]: {1}")]
    Media(&'static str, MediaError),
    #[error("content[type=file]: a file must have file_data")]
    NoFile,
    #[error("content[type=file]: file_id is not supported; send file_data")]
    FileId,
    #[error("content[type={0}] is not supported")]
    Part(String),
    #[error("{0} can only have text")]
    Misplaced(&'static str),
    #[error("tool_call_id is missing")]
    NoToolCallId,
    #[error("the arguments of the call to \"{0}\" are not a JSON object")]
    Arguments(String),
    #[error("tools: a tool of type \"{0}\" is not supported: use functions")]
    Tool(String),
    #[error("tool_choice: must be auto, none, required or the name of a function")]
    Choice,
    #[error("n: this model returns one choice per request, but {0} were requested")]
    Choices(u32),
    #[error("response_format: json_schema.schema is missing")]
    NoSchema,
    #[error(transparent)]
    DeepSchema(#[from] TooDeep),
}

// === impl RequestError ===

impl RequestError {
    /// Whether others take it.
    fn is_unsupported(&self) -> bool {
        match self {
            Self::Message { source, .. } => source.is_unsupported(),
            Self::Media(_, error) => !matches!(error, MediaError::Address),
            Self::FileId | Self::Part(_) | Self::Misplaced(_) | Self::Tool(_) | Self::Choices(_) => true,
            _ => false,
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        if error.is_unsupported() {
            Self::unsupported(error.to_string())
        } else {
            Self::client(error.to_string())
        }
    }
}

/// A Converse request.
pub(crate) struct Converse {
    /// All members but the messages.
    pub(crate) members: Extra,
    pub(crate) messages: Vec<Turn>,
    /// What the request leaves out.
    pub(crate) dropped: Vec<String>,
    /// The client's names of the tools that were renamed, by the API's.
    pub(crate) renamed: BTreeMap<String, String>,
    /// Whether the answer comes as a call of a tool of our own.
    pub(crate) is_answer_call: bool,
}

/// The equivalent Converse request. `betas` are features of Claude.
///
/// # Errors
/// If the request asks for something the API cannot do.
pub(crate) fn translate(
    mut request: ChatRequest,
    model: &Model<'_>,
    stream: bool,
    settings: &Settings,
    betas: &[String],
) -> Result<Converse, RequestError> {
    if let Some(n) = request.n.filter(|n| *n != 1) {
        return Err(RequestError::Choices(n));
    }
    let mut body = Body::default();
    request.keep_allowed_tools();
    let mut unread = Dropped::default();
    request.name_unknown(&KNOWN, &mut unread);
    let wish = Wish::take(&mut request);
    let names = tools::names(&request.tools);
    let mut conversation = Conversation::of(std::mem::take(&mut request.messages), names, model)?;
    parameters::inference(&request, settings, &mut body);
    let choice = request.tool_choice.take();
    let is_free = choice.is_none() || matches!(&choice, Some(choice) if Json::of(choice).text() == "\"auto\"");
    let offer = tools::offer(std::mem::take(&mut request.tools), choice, &mut conversation, model)?;
    conversation.system.extend(offer.instruction.and_then(Block::text));
    conversation.mark_end(request.extra.remove("cache_control"));
    let unknown = parameters::others(request.extra, settings, model, &mut body);
    if request.parallel_tool_calls == Some(false) && offer.config.is_some() {
        one_call_at_a_time(&mut body, model, is_free);
    }
    let mut is_prevented = offer.is_forced || conversation.is_begun();
    let may_force = offer.config.is_none() && !is_prevented && !wish.thinks();
    body.members
        .extend(offer.config.map(|config| ("toolConfig".to_owned(), config.into())));
    if request.user.is_some() {
        body.dropped.insert("user");
    }
    let mut is_answer_call = false;
    if let Some(format) = request.response_format {
        let form = Form::of(model, may_force);
        is_answer_call = answer::hold(format, form, &mut body, &mut conversation.system)?;
        is_prevented |= is_answer_call;
    }
    let hindrance = Hindrance {
        is_prevented,
        is_unexplained: conversation.is_amid_unexplained_calls(),
    };
    wish.apply(&mut body, model, hindrance);
    parameters::limit_sampling(&mut body, model);
    parameters::ask_for_sequence(&mut body, model, stream);
    if let Some(guardrail) = &settings.guardrail {
        parameters::guardrail(guardrail, stream, &mut body);
    }
    if model.is_claude() && !betas.is_empty() {
        body.additional.set("anthropic_beta", betas);
    }
    if !conversation.system.is_empty() {
        body.members.set("system", &conversation.system);
    }
    body.dropped.append(&mut conversation.scope.dropped);
    let (members, dropped) = body.finish(settings);
    Ok(Converse {
        members,
        messages: conversation.turns,
        dropped: dropped
            .into_iter()
            .map(str::to_owned)
            .chain(unread.names().iter().cloned())
            .chain(unknown)
            .collect(),
        renamed: conversation.names.renamed(),
        is_answer_call,
    })
}

/// Claude's own member; the API has no word for it.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-tool-use.html>.
fn one_call_at_a_time(body: &mut Body, model: &Model<'_>, is_free: bool) {
    match model.family() {
        Family::Claude(rules) if rules.schemas && is_free => {
            let mut choice = one("type", "auto");
            choice.insert("disable_parallel_tool_use", true);
            body.additional.insert_new("tool_choice", choice);
        }
        _ => {
            body.dropped.insert("parallel_tool_calls");
        }
    }
}

/// The URLs in a request that the host has to fetch, because the API takes none.
pub(crate) fn remote(request: &ChatRequest) -> Vec<String> {
    let contents = request.messages.iter().filter_map(|message| message.content.as_ref());
    let mut urls: Vec<String> = contents.flat_map(content::remote).collect();
    urls.sort();
    urls.dedup();
    urls
}
