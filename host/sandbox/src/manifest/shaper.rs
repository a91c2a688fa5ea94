//! A shaper's manifest.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::about::About;
use super::{Described, anything, schema};
use crate::worlds::shaper::ShaperWorld;

/// The most bytes of a streamed text that a shaper may leave over.
const WIDEST_WINDOW: usize = 64 << 10;

/// A shaper's description of itself. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShaperManifest {
    /// Always `shaper`.
    pub kind: String,
    /// The shaper's name, which `shapers.*.plugin` in the configuration refers to.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// The operations that it looks at. Default: all.
    #[serde(default)]
    pub operations: Vec<String>,
    /// What it needs to see. Default: nothing but the model and the caller's plan.
    #[serde(default)]
    pub needs: Vec<ShaperNeed>,
    /// How it gets the texts of a streamed reply.
    #[serde(default, rename = "stream")]
    pub reply_mode: ReplyMode,
    /// The most bytes of a streamed text that it leaves over. Default: 0; at most 65,536.
    #[serde(default)]
    pub window: usize,
    /// The licence, as an SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Where its source or documentation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// The earliest version of the host that it works with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_host: Option<String>,
    /// The JSON Schema of the shaper's `settings`. Default: a schema that accepts anything.
    #[serde(default = "anything")]
    pub settings: Value,
}

/// Something that a shaper sees only if it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShaperNeed {
    /// The request's top-level members that hold no texts.
    Parameters,
    /// The texts of the request.
    Texts,
    /// The arguments of tool calls, among the texts.
    ToolArguments,
    /// The model's thinking, among the texts.
    Reasoning,
    /// The texts of the reply.
    Reply,
}

/// How a shaper gets the texts of a streamed reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyMode {
    /// Piece by piece; it may leave over as many bytes as its window has.
    #[default]
    Window,
    /// In one piece at the end of each text.
    Whole,
}

// === impl ShaperManifest ===

impl Described for ShaperManifest {
    type World = ShaperWorld;

    fn about(&self) -> About<'_> {
        About {
            name: &self.name,
            version: &self.version,
            licence: self.licence.as_deref(),
            homepage: self.homepage.as_deref(),
            minimum_host: self.minimum_host.as_deref(),
        }
    }

    fn problem(&self) -> Option<String> {
        if self.kind != "shaper" {
            return Some("`kind` is not \"shaper\", but the component exports a shaper".to_owned());
        }
        if self.window > WIDEST_WINDOW {
            return Some(format!(
                "`window` is larger than {WIDEST_WINDOW}; write \"stream\": \"whole\""
            ));
        }
        schema::problem(&self.settings).map(|problem| format!("`settings` {problem}"))
    }
}

impl ShaperManifest {
    /// Whether it needs to see this.
    #[must_use]
    pub fn needs(&self, need: ShaperNeed) -> bool {
        self.needs.contains(&need)
    }

    /// Whether it looks at this operation.
    #[must_use]
    pub fn looks_at(&self, operation: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|known| known == operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(members: &str) -> Result<ShaperManifest, String> {
        let text = format!(r#"{{"kind":"shaper","name":"x","version":"1"{members}}}"#);
        ShaperManifest::parse(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_manifest_needs_only_kind_name_and_version() {
        let manifest = parse("").unwrap();
        assert_eq!((manifest.reply_mode, manifest.window), (ReplyMode::Window, 0));
        assert!(manifest.looks_at("images") && !manifest.needs(ShaperNeed::Texts));
    }

    #[test]
    fn needs_are_words_that_the_host_knows() {
        let manifest = parse(r#","needs":["texts","tool-arguments"],"operations":["chat"]"#).unwrap();
        assert!(manifest.needs(ShaperNeed::ToolArguments) && !manifest.looks_at("images"));
        assert!(
            parse(r#","needs":["keys"]"#)
                .unwrap_err()
                .contains("unknown variant `keys`")
        );
    }

    #[test]
    fn a_window_is_bounded() {
        assert!(parse(r#","window":65536"#).is_ok());
        assert_eq!(
            parse(r#","window":65537"#).unwrap_err(),
            "has an invalid manifest: `window` is larger than 65536; write \"stream\": \"whole\""
        );
    }
}
