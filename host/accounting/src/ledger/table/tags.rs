//! Reports by tag: what the keys with each tag have used.

use std::collections::{BTreeMap, HashMap};

use super::UsageRow;
use crate::store::Key;

/// Makes a report by key one by tag, sorted. A key with several tags counts under each, and one without under none: so these
/// rows may be more in all than those.
#[must_use]
pub fn usage_by_tag(by_key: &[UsageRow], keys: &[Key]) -> Vec<UsageRow> {
    let tags: HashMap<&str, &[String]> = keys
        .iter()
        .map(|key| (key.id.as_str(), key.terms.tags.as_slice()))
        .collect();
    let mut usage: BTreeMap<Option<&str>, UsageRow> = BTreeMap::new();
    for row in by_key {
        let tags = row.group.as_deref().and_then(|key| tags.get(key));
        let tags = tags.copied().unwrap_or_default();
        let groups = tags.iter().map(|tag| Some(tag.as_str()));
        for group in groups.chain(tags.is_empty().then_some(None)) {
            let sum = usage.entry(group).or_default();
            sum.group = group.map(str::to_owned);
            sum.add(row);
        }
    }
    usage.into_values().collect()
}

// === impl UsageRow ===

impl UsageRow {
    /// Adds what another row has used. What would overflow stays at the largest number.
    pub fn add(&mut self, other: &Self) {
        for (sum, added) in [
            (&mut self.requests, other.requests),
            (&mut self.failed, other.failed),
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.output_tokens, other.output_tokens),
            (&mut self.cached_tokens, other.cached_tokens),
            (&mut self.reasoning_tokens, other.reasoning_tokens),
        ] {
            *sum = sum.saturating_add(added);
        }
        self.credits = self.credits.saturating_add(other.credits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KeyTerms;

    fn key(id: &str, tags: &[&str]) -> Key {
        Key {
            id: id.to_owned(),
            user: "ada".to_owned(),
            prefix: String::new(),
            name: String::new(),
            created_at: 0,
            last_used_at: None,
            revoked_at: None,
            terms: KeyTerms {
                tags: tags.iter().map(ToString::to_string).collect(),
                ..KeyTerms::default()
            },
        }
    }

    fn row(group: Option<&str>, requests: u64) -> UsageRow {
        UsageRow {
            group: group.map(str::to_owned),
            requests,
            credits: 10,
            ..UsageRow::default()
        }
    }

    #[test]
    fn a_key_counts_under_each_of_its_tags_and_the_others_under_none() {
        let keys = [key("a", &["night", "team"]), key("b", &["team"]), key("c", &[])];
        let by_key = [
            row(None, 1),
            row(Some("a"), 2),
            row(Some("b"), 4),
            row(Some("c"), 8),
            row(Some("gone"), 16),
        ];
        let usage = usage_by_tag(&by_key, &keys);
        let told: Vec<_> = usage
            .iter()
            .map(|row| (row.group.as_deref(), row.requests, row.credits))
            .collect();
        assert_eq!(told, [(None, 25, 30), (Some("night"), 2, 10), (Some("team"), 6, 20)]);
    }
}
