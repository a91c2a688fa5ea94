//! What the manifests of all kinds of plugins have in common, and which of it is refused.

use semver::Version;
use serde::de::DeserializeOwned;

use crate::LoadError;
use crate::identity::HOST_VERSION;
use crate::worlds::World;

/// The largest manifest, in bytes.
pub(super) const LARGEST: usize = 256 << 10;

/// The longest of these members, in bytes.
const LONGEST: usize = 128;

/// Who a plugin is and where it comes from.
pub(crate) struct About<'m> {
    pub(crate) name: &'m str,
    pub(crate) version: &'m str,
    pub(super) licence: Option<&'m str>,
    pub(super) homepage: Option<&'m str>,
    pub(super) minimum_host: Option<&'m str>,
}

/// What a plugin of any kind says of itself.
pub(crate) trait Described: Clone + DeserializeOwned {
    /// What the plugin exports.
    type World: World;

    /// Who it is and where it comes from.
    fn about(&self) -> About<'_>;

    /// What is wrong with the rest, by the rules that hold for the configuration as well.
    fn problem(&self) -> Option<String>;

    /// Reads what `describe` returned.
    ///
    /// # Errors
    /// [`LoadError::Manifest`] with the reason; [`LoadError::HostTooOld`].
    fn parse(bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.len() > LARGEST {
            return Err(LoadError::Manifest(format!("it is larger than {LARGEST} bytes")));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| LoadError::Manifest(error.to_string()))?;
        manifest.about().check()?;
        match manifest.problem() {
            Some(problem) => Err(LoadError::Manifest(problem)),
            None => Ok(manifest),
        }
    }
}

// === impl About ===

impl About<'_> {
    /// # Errors
    /// If a member is not what it should be, or the plugin needs a later host.
    fn check(&self) -> Result<(), LoadError> {
        if self.name.is_empty() {
            return Err(LoadError::Manifest(
                "`name` is empty; give the plugin a name".to_owned(),
            ));
        }
        let members = [
            ("name", Some(self.name)),
            ("version", Some(self.version)),
            ("licence", self.licence),
            ("homepage", self.homepage),
            ("minimum_host", self.minimum_host),
        ];
        for (member, text) in members {
            if text.is_some_and(|text| text.len() > LONGEST || text.contains(char::is_control)) {
                return Err(LoadError::Manifest(format!(
                    "`{member}` is longer than {LONGEST} bytes or contains control characters"
                )));
            }
        }
        match self.minimum_host {
            Some(needs) => check_host(needs, HOST_VERSION),
            None => Ok(()),
        }
    }
}

/// Refuses a plugin that needs a later version than `host`.
fn check_host(needs: &str, host: &'static str) -> Result<(), LoadError> {
    let Ok(least) = Version::parse(needs) else {
        let message = "`minimum_host` is not a version; write one such as \"1.2.0\"";
        return Err(LoadError::Manifest(message.to_owned()));
    };
    if Version::parse(host).is_ok_and(|host| host < least) {
        let needs = needs.to_owned();
        return Err(LoadError::HostTooOld { needs, host });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_for_a_later_host_is_refused_with_both_versions() {
        assert_eq!(check_host("1.2.0", "1.2.0"), Ok(()));
        assert_eq!(check_host("1.0.0-rc.1", "1.0.0"), Ok(()));
        let error = check_host("1.3.0", "1.2.9").unwrap_err();
        assert_eq!(error.to_string(), "needs Jackfield 1.3.0 or later, and this is 1.2.9");
        assert_eq!(
            check_host("soon", "1.2.0").unwrap_err().to_string(),
            "has an invalid manifest: `minimum_host` is not a version; write one such as \"1.2.0\""
        );
    }
}
