//! The kinds of personal data and secrets that are found by their form.

pub mod card;
pub mod email;
pub mod iban;
pub mod key;
pub mod phone;

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;

/// A kind of data that is found by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Keys and tokens of common services, tokens in JWT's form, and PEM blocks.
    Key,
    /// E-mail addresses.
    Email,
    /// International bank account numbers that pass their check.
    Iban,
    /// Numbers of payment cards that pass their check.
    Card,
    /// Phone numbers.
    Phone,
}

// === impl Kind ===

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Key, Self::Email, Self::Iban, Self::Card, Self::Phone];

    /// What stands in the place of the data.
    pub fn label(self) -> &'static str {
        match self {
            Self::Key => "KEY",
            Self::Email => "EMAIL",
            Self::Iban => "IBAN",
            Self::Card => "CARD",
            Self::Phone => "PHONE",
        }
    }

    /// Where data of this kind are in a text.
    pub fn find(self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Key => key::find(text),
            Self::Email => email::find(text),
            Self::Iban => iban::find(text),
            Self::Card => card::find(text),
            Self::Phone => phone::find(text),
        }
    }
}
