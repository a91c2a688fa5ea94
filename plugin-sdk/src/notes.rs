//! What an adapter says besides its result: the `more` of the contract.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::canonical::Json;

/// Remarks on a request or reply. The host ignores what it does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Notes {
    /// The names of what was left out of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) dropped: Vec<String>,
    /// Sentences for the operator's log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
    /// The request that ends the job of this exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cancel: Option<Cancel>,
    /// Headers for the client's answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    /// The usage of a reply that is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<Json>,
}

/// A request that the host sends if nobody waits for the reply any longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cancel {
    /// The method's name in HTTP.
    pub(crate) method: &'static str,
    /// The path, as that of an exchange.
    pub(crate) path: String,
}

// === impl Notes ===

impl Notes {
    /// The contract's form: a JSON object, or nothing.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        if *self == Self::default() {
            return Vec::new();
        }
        serde_json::to_vec(self).unwrap_or_default()
    }
}
