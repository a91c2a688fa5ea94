//! What a shaper's plugin needs to see, and what the operator grants.

use jackfield_config::{Config, Grant, ShaperConfig};
use jackfield_sandbox::{ShaperManifest, ShaperNeed};

use super::Refusal;

/// What a shaper sees of texts: what its manifest needs.
///
/// # Errors
/// If it needs more than it is granted.
pub(in crate::snapshot) fn granted(config: &ShaperConfig, manifest: &ShaperManifest) -> Result<Vec<Grant>, Refusal> {
    let needed: Vec<Grant> = manifest.needs.iter().filter_map(|need| grant(*need)).collect();
    let missing: Vec<&str> = needed
        .iter()
        .filter(|need| !config.grant.contains(need))
        .map(|need| need.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(needed);
    }
    let all: Vec<&str> = needed.iter().map(|need| need.as_str()).collect();
    Err(Refusal {
        problem: format!(
            "does not grant what the shaper `{}` needs: {}",
            manifest.name,
            missing.join(", ")
        ),
        remedy: format!("if it may see that, write `grant: [{}]`", all.join(", ")),
    })
}

/// Why a plugin may not replace the one in force: it needs more than some of the shapers grant that it would run.
pub(in crate::snapshot) fn ungranted(manifest: &ShaperManifest, config: &Config) -> Option<Refusal> {
    let mut users = config
        .shapers
        .iter()
        .filter(|(_, shaper)| shaper.plugin.as_ref() == Some(&manifest.name));
    users.find_map(|(user, shaper)| {
        let Refusal { remedy, .. } = granted(shaper, manifest).err()?;
        Some(Refusal {
            problem: format!("needs to see more than shapers.{user}.grant says"),
            remedy: format!("{remedy} for shapers.{user}"),
        })
    })
}

fn grant(need: ShaperNeed) -> Option<Grant> {
    match need {
        ShaperNeed::Parameters => None,
        ShaperNeed::Texts => Some(Grant::Texts),
        ShaperNeed::ToolArguments => Some(Grant::ToolArguments),
        ShaperNeed::Reasoning => Some(Grant::Reasoning),
        ShaperNeed::Reply => Some(Grant::Reply),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_need_that_is_not_granted_names_what_to_write() {
        let manifest =
            json!({ "kind": "shaper", "name": "redact", "version": "1", "needs": ["parameters", "texts", "reply"] });
        let manifest: ShaperManifest = serde_json::from_value(manifest).unwrap();
        let config = |grant| serde_json::from_value(json!({ "plugin": "redact", "grant": grant })).unwrap();
        let full = granted(&config(json!(["reply", "texts", "reasoning"])), &manifest);
        assert_eq!(full, Ok(vec![Grant::Texts, Grant::Reply]));
        assert_eq!(
            granted(&config(json!(["texts"])), &manifest),
            Err(Refusal {
                problem: "does not grant what the shaper `redact` needs: reply".to_owned(),
                remedy: "if it may see that, write `grant: [texts, reply]`".to_owned(),
            })
        );
        let mut all = Config::default();
        all.shapers.insert("pii".to_owned(), config(json!([])));
        let refusal = ungranted(&manifest, &all).unwrap();
        assert_eq!(refusal.problem, "needs to see more than shapers.pii.grant says");
    }
}
