//! Holds an answer to a JSON schema: natively, by a call of a tool that the model is forced to, or by the prompt.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.

use jackfield_plugin_sdk::canonical::{Extra, Json, JsonSchemaFormat, ResponseFormat};
use jackfield_plugin_sdk::strict_schema;

use super::RequestError;
use super::block::Block;
use super::body::Body;
use super::tools::{self, one};
use crate::model::Model;

/// The name of the tool by whose call a model answers.
pub(crate) const TOOL: &str = "json";

/// The instruction that replaces OpenAI's JSON mode.
const JSON_ONLY: &str = "Answer with a single valid JSON object and nothing else: no prose, no code fence.";

/// How a model is held to a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By `outputConfig.textFormat`.
    Native,
    /// By a call of a tool with the schema.
    Call,
    /// By an instruction.
    Prompt,
}

// === impl Form ===

impl Form {
    /// The best form that a model knows. `may_force` tells whether a call could be forced: the client has no tools, and the
    /// model does not think.
    pub(super) fn of(model: &Model<'_>, may_force: bool) -> Self {
        if model.holds_schemas() {
            Self::Native
        } else if may_force && model.answers_by_calls() {
            Self::Call
        } else {
            Self::Prompt
        }
    }
}

/// Holds the answer to the client's format. Plain JSON mode has no equivalent, so the prompt asks for JSON. Returns whether
/// the answer will be a call.
///
/// # Errors
/// If the schema is missing or too deep.
pub(super) fn hold(
    format: ResponseFormat,
    form: Form,
    body: &mut Body,
    system: &mut Vec<Block>,
) -> Result<bool, RequestError> {
    match format.kind.as_str() {
        "json_schema" => {}
        "json_object" => {
            system.push(Block::own_text(JSON_ONLY));
            return Ok(false);
        }
        _ => return Ok(false),
    }
    let mut named = format.json_schema.unwrap_or_default();
    let schema: Option<Extra> = named.schema.take().and_then(|schema| schema.read());
    let schema = strict_schema::strict(schema.ok_or(RequestError::NoSchema)?)?;
    match form {
        Form::Native => {
            body.output.insert("textFormat", text_format(&schema.into(), named));
        }
        // The arguments of a call are an object.
        Form::Call if schema.text("type").as_deref() == Some("object") => {
            body.members
                .insert("toolConfig", tools::only(TOOL, named.description, schema));
            return Ok(true);
        }
        Form::Call | Form::Prompt => {
            let schema = Json::from(schema);
            let instruction = format!("{JSON_ONLY} It must match this JSON schema: {}", schema.text());
            system.push(Block::Text(instruction.into()));
        }
    }
    Ok(false)
}

/// The API wants the schema as a string.
fn text_format(schema: &Json, named: JsonSchemaFormat) -> Extra {
    let mut definition = one("schema", schema.text());
    if !named.name.is_empty() {
        definition.insert("name", named.name);
    }
    definition.extend(named.description.map(|text| ("description".to_owned(), text.into())));
    let mut format = one("type", "json_schema");
    format.insert("structure", one("jsonSchema", definition));
    format
}
