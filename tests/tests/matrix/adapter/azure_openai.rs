//! Azure OpenAI: OpenAI's signs behind other paths.

use jackfield_tests::vendor::azure;

use super::{Adapter, openai};
use crate::client::Dialect;

pub(super) fn adapter() -> Adapter {
    Adapter {
        name: "azure-openai",
        model: "gpt-5",
        base: "",
        provider: "api_key: double-key",
        speaks: Some(Dialect::Chat),
        unsaid: &["ended at a stop sequence"],
        say: azure::say,
        signs: openai::signs(),
    }
}
