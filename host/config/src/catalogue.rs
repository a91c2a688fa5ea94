//! The built-in catalogue: prices and limits of models by vendor, and which hosts are whose.
//!
//! It is data that `catalogue/make.py` made, and is searched where it lies: a gateway that needs none of it pays nothing
//! for it.

mod completion;

use serde::Deserialize;

use crate::Pricing;
pub(crate) use completion::complete;
pub use completion::{Unpriced, named, unpriced};

const DATA: &str = include_str!("../catalogue/models.tsv");

/// What the catalogue has of a model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// The most tokens of a prompt.
    pub context: Option<u64>,
    /// The most tokens of an answer.
    pub max_output: Option<u64>,
    /// What it costs.
    pub pricing: Option<Pricing>,
}

/// The vendor whose API this URL leads to; `None` if the catalogue does not know its host.
#[must_use]
pub fn vendor_at(base_url: &str) -> Option<&'static str> {
    let url = base_url.parse::<http::Uri>().ok()?;
    let host = url.host()?;
    let is_its = |known: &str| known == host || known.starts_with(['.', '-']) && host.ends_with(known);
    hosts().find(|(known, _)| is_its(known)).map(|(_, vendor)| vendor)
}

/// What the catalogue has of a vendor's model, by its name there; upper and lower case do not matter.
#[must_use]
pub fn listed(vendor: &str, model: &str) -> Option<Listed> {
    let wanted = format!("{}\t{}\t", vendor, model.to_ascii_lowercase());
    let line = find(DATA, &wanted)?;
    serde_json::from_str(line).ok()
}

/// Whether the catalogue has models of this vendor.
#[must_use]
pub fn knows(vendor: &str) -> bool {
    find(DATA, &format!("{vendor}\t")).is_some()
}

/// What follows `wanted` in the line that begins with it. The lines are sorted.
fn find<'a>(data: &'a str, wanted: &str) -> Option<&'a str> {
    let (mut low, mut high) = (0, data.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = data.as_bytes()[..middle]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1)
            .max(low);
        let end = data.as_bytes()[start..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(data.len(), |at| start + at);
        let line = data.get(start..end)?;
        match line.strip_prefix(wanted) {
            Some(rest) => return Some(rest),
            None if line < wanted => low = end + 1,
            None => high = start,
        }
    }
    None
}

/// The hosts at the beginning of the data, behind its first line, and whose they are.
fn hosts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = DATA.lines().skip(1);
    lines.map_while(|line| line.strip_prefix('@')?.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_tells_whose_api_it_is() {
        for (url, vendor) in [
            ("https://api.openai.com/v1", Some("openai")),
            ("https://mine.openai.azure.com/openai/v1", Some("azure")),
            ("https://bedrock-runtime.eu-central-1.amazonaws.com", Some("bedrock")),
            ("https://europe-west4-aiplatform.googleapis.com/v1", Some("vertex")),
            ("https://api.openai.com.evil.example", None),
            ("http://127.0.0.1:1234", None),
            ("openai", None),
        ] {
            assert_eq!(vendor_at(url), vendor, "{url}");
        }
    }

    #[test]
    fn every_line_is_found_and_can_be_read() {
        let models = DATA.lines().skip_while(|line| line.starts_with(['#', '@']));
        let mut count = 0;
        for line in models {
            let mut parts = line.splitn(3, '\t');
            let (vendor, model) = (parts.next().unwrap(), parts.next().unwrap());
            let listed = listed(vendor, model).unwrap_or_else(|| panic!("{line}"));
            let pricing = listed.pricing.unwrap_or_else(|| panic!("{line}"));
            assert!(!pricing.is_free(), "{line}");
            count += 1;
        }
        assert!(count > 2000, "{count}");
    }

    #[test]
    fn a_model_is_found_by_its_vendors_name_for_it() {
        let sonnet = listed("anthropic", "Claude-Sonnet-4-5").unwrap();
        assert_eq!((sonnet.context, sonnet.max_output), (Some(200_000), Some(64_000)));
        let pricing = sonnet.pricing.unwrap();
        assert_eq!(pricing.apart.cached_input_per_million, Some(0.3));
        assert_eq!(pricing.apart.cache_write_1h_per_million, Some(6.0));
        let gemini = listed("gemini", "gemini-2.5-pro").unwrap().pricing.unwrap();
        assert_eq!(gemini.above[&200_000].output_per_million, Some(15.0));
        assert_eq!(gemini.tiers["priority"].usual.input_per_million, Some(2.25));
        assert_eq!(listed("anthropic", "claude"), None);
        assert_eq!(listed("nobody", "claude-sonnet-4-5"), None);
        assert!(knows("bedrock") && !knows("bed") && !knows("zzz"));
    }
}
