//! `pricing:` of a model: what its tokens and all else cost.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The word for the built-in catalogue.
const CATALOGUE: &str = "catalogue";

/// What a model costs, in dollars: tokens per million, all else per piece. What has no price of its own costs what the
/// tokens around it do.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Pricing {
    /// Dollars per million tokens of prompts.
    #[schemars(range(min = 0))]
    pub input_per_million: f64,
    /// Dollars per million tokens of answers.
    #[schemars(range(min = 0))]
    pub output_per_million: f64,
    /// The prices of what vendors charge for apart.
    #[serde(flatten)]
    pub apart: PricesApart,
    /// Prices of images that differ from `per_image`: dollars by quality and size (`hd/1024x1024`), by the size or by the
    /// quality, in the words of requests. Default none.
    #[serde(default)]
    #[schemars(schema_with = "images_schema")]
    pub images: BTreeMap<String, f64>,
    /// Prices of long prompts: by a number of tokens, what differs for the whole of a request whose prompt has more.
    /// Default none.
    #[serde(default)]
    #[schemars(schema_with = "steps_schema")]
    pub above: BTreeMap<u64, PriceChanges>,
    /// Prices of service tiers, by the name that the upstream's reply gives: what differs. Default none.
    #[serde(default)]
    pub tiers: BTreeMap<String, TierPricing>,
}

/// What differs from a model's prices in one service tier.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TierPricing {
    /// What differs for all prompts.
    #[serde(flatten)]
    pub usual: PriceChanges,
    /// The same for long prompts. Default: as for others, at the price of the tier.
    #[serde(default)]
    #[schemars(schema_with = "steps_schema")]
    pub above: BTreeMap<u64, PriceChanges>,
}

/// Prices that differ from others; what is left out stays.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PriceChanges {
    /// Dollars per million tokens of prompts.
    #[schemars(range(min = 0))]
    pub input_per_million: Option<f64>,
    /// Dollars per million tokens of answers.
    #[schemars(range(min = 0))]
    pub output_per_million: Option<f64>,
    /// The prices of what vendors charge for apart.
    #[serde(flatten)]
    pub apart: PricesApart,
}

/// Prices of what vendors charge for apart.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct PricesApart {
    /// Dollars per million tokens that the upstream reads from its cache. Default: as other input.
    #[schemars(range(min = 0))]
    pub cached_input_per_million: Option<f64>,
    /// Dollars per million tokens that it writes to its cache. Default: as other input.
    #[schemars(range(min = 0))]
    pub cache_write_per_million: Option<f64>,
    /// Dollars per million tokens that it writes to its cache for an hour. Default: as others that it writes.
    #[schemars(range(min = 0))]
    pub cache_write_1h_per_million: Option<f64>,
    /// Dollars per million tokens of audio in prompts. Default: as other input.
    #[schemars(range(min = 0))]
    pub audio_input_per_million: Option<f64>,
    /// Dollars per million tokens of images in prompts. Default: as other input.
    #[schemars(range(min = 0))]
    pub image_input_per_million: Option<f64>,
    /// Dollars per million tokens of reasoning. Default: as other output.
    #[schemars(range(min = 0))]
    pub reasoning_per_million: Option<f64>,
    /// Dollars per million tokens of audio in answers. Default: as other output.
    #[schemars(range(min = 0))]
    pub audio_output_per_million: Option<f64>,
    /// Dollars per million tokens of images in answers. Default: as other output.
    #[schemars(range(min = 0))]
    pub image_output_per_million: Option<f64>,
    /// Dollars per million characters that are spoken. Default 0.
    #[schemars(range(min = 0))]
    pub characters_per_million: Option<f64>,
    /// Dollars per second of a recording that is written down. Default 0.
    #[schemars(range(min = 0))]
    pub per_second: Option<f64>,
    /// Dollars per image. Default 0.
    #[schemars(range(min = 0))]
    pub per_image: Option<f64>,
    /// Dollars per search that the upstream makes. Default 0.
    #[schemars(range(min = 0))]
    pub per_search: Option<f64>,
    /// Dollars per request, besides all else. Default 0.
    #[schemars(range(min = 0))]
    pub per_request: Option<f64>,
}

/// Reads a price, or the word for the catalogue as none.
pub(super) fn or_catalogue<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Pricing>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        Some(own @ Value::Object(_)) => Pricing::deserialize(own).map(Some).map_err(D::Error::custom),
        // The schema lets only the word pass.
        _ => Ok(None),
    }
}

/// The schema of a price, or of the word for the catalogue.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Pricing::json_schema(generator);
    schema.insert("type".to_owned(), serde_json::json!(["object", "string", "null"]));
    schema.insert("pattern".to_owned(), serde_json::json!(format!("^{CATALOGUE}$")));
    schema
}

/// Qualities and sizes as the names of members.
fn images_schema(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "object",
        "propertyNames": { "pattern": "^[!-~]{1,47}$" },
        "additionalProperties": { "type": "number", "minimum": 0 },
    })
}

/// Numbers of tokens as the names of members.
fn steps_schema(generator: &mut SchemaGenerator) -> Schema {
    let changes = generator.subschema_for::<PriceChanges>();
    schemars::json_schema!({
        "type": "object",
        "propertyNames": { "pattern": "^[1-9][0-9]{0,14}$" },
        "additionalProperties": changes,
    })
}

// === impl Pricing ===

impl Pricing {
    /// Whether nothing costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let apart = |apart: &PricesApart| apart.all().into_iter().flatten().all(|price| price <= 0.0);
        let changes = |changes: &PriceChanges| {
            let own = [changes.input_per_million, changes.output_per_million];
            own.into_iter().flatten().all(|price| price <= 0.0) && apart(&changes.apart)
        };
        let mut tiers = self.tiers.values();
        self.input_per_million <= 0.0
            && self.output_per_million <= 0.0
            && apart(&self.apart)
            && self.images.values().all(|price| *price <= 0.0)
            && self.above.values().all(changes)
            && tiers.all(|tier| changes(&tier.usual) && tier.above.values().all(changes))
    }

    /// The prices with these changes.
    #[must_use]
    pub fn with(&self, changes: &PriceChanges) -> Self {
        Self {
            input_per_million: changes.input_per_million.unwrap_or(self.input_per_million),
            output_per_million: changes.output_per_million.unwrap_or(self.output_per_million),
            apart: changes.apart.over(&self.apart),
            images: BTreeMap::new(),
            above: BTreeMap::new(),
            tiers: BTreeMap::new(),
        }
    }
}

// === impl PricesApart ===

impl PricesApart {
    fn all(&self) -> [Option<f64>; 13] {
        [
            self.cached_input_per_million,
            self.cache_write_per_million,
            self.cache_write_1h_per_million,
            self.audio_input_per_million,
            self.image_input_per_million,
            self.reasoning_per_million,
            self.audio_output_per_million,
            self.image_output_per_million,
            self.characters_per_million,
            self.per_second,
            self.per_image,
            self.per_search,
            self.per_request,
        ]
    }

    /// These prices, and the others' where there is none.
    fn over(&self, others: &Self) -> Self {
        Self {
            cached_input_per_million: self.cached_input_per_million.or(others.cached_input_per_million),
            cache_write_per_million: self.cache_write_per_million.or(others.cache_write_per_million),
            cache_write_1h_per_million: self.cache_write_1h_per_million.or(others.cache_write_1h_per_million),
            audio_input_per_million: self.audio_input_per_million.or(others.audio_input_per_million),
            image_input_per_million: self.image_input_per_million.or(others.image_input_per_million),
            reasoning_per_million: self.reasoning_per_million.or(others.reasoning_per_million),
            audio_output_per_million: self.audio_output_per_million.or(others.audio_output_per_million),
            image_output_per_million: self.image_output_per_million.or(others.image_output_per_million),
            characters_per_million: self.characters_per_million.or(others.characters_per_million),
            per_second: self.per_second.or(others.per_second),
            per_image: self.per_image.or(others.per_image),
            per_search: self.per_search.or(others.per_search),
            per_request: self.per_request.or(others.per_request),
        }
    }
}
