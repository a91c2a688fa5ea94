//! The name of an artefact in an OCI registry.

use std::fmt::{self, Display, Formatter};

use super::{BadOrigin, bad, is_loopback, is_sha256};

/// The longest name of a repository (OCI distribution-spec 1.1, "Pulling manifests").
const MAX_REPOSITORY: usize = 255;

/// The name of an artefact in an OCI registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The registry's host, with its port if it has one.
    pub registry: String,
    /// The repository.
    pub repository: String,
    /// The tag: for people, once there is a digest.
    pub tag: Option<String>,
    /// The SHA-256 of the manifest, in lower-case hexadecimal.
    pub digest: Option<String>,
}

// === impl Reference ===

impl Reference {
    /// The scheme and host of the registry's API. Docker Hub has another name than its API.
    pub fn base(&self) -> String {
        let host = match self.registry.as_str() {
            "docker.io" => "registry-1.docker.io",
            host => host,
        };
        let scheme = if is_loopback(host) { "http" } else { "https" };
        format!("{scheme}://{host}")
    }

    /// The same artefact, named by this digest.
    #[must_use]
    pub fn at(&self, digest: &str) -> Self {
        Self {
            digest: Some(digest.to_owned()),
            ..self.clone()
        }
    }
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@sha256:{digest}"),
            None => Ok(()),
        }
    }
}

impl std::str::FromStr for Reference {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        const REMEDY: &str = "write oci://REGISTRY/REPOSITORY:TAG@sha256:DIGEST";
        let invalid = |problem| bad(problem, REMEDY);
        let rest = text.strip_prefix("oci://");
        let rest = rest.ok_or_else(|| invalid("is not an oci:// reference"))?;
        let (registry, rest) = rest.split_once('/').ok_or_else(|| invalid("names no repository"))?;
        let url = format!("https://{registry}");
        if registry.is_empty() || crate::base_url_problem(&url).is_some() {
            return Err(invalid("names no registry, or one that cannot be a host"));
        }
        let (rest, digest) = match rest.split_once('@') {
            None => (rest, None),
            Some((rest, digest)) => match digest.strip_prefix("sha256:").filter(|hex| is_sha256(hex)) {
                Some(hex) => (rest, Some(hex.to_ascii_lowercase())),
                None => return Err(invalid("has a digest that is not sha256: with 64 hexadecimal digits")),
            },
        };
        let (repository, tag) = match rest.split_once(':') {
            None => (rest, None),
            Some((repository, tag)) => (repository, Some(tag)),
        };
        if !is_repository(repository) {
            return Err(invalid(
                "names a repository that no registry has: lower-case letters, digits, . _ - and /",
            ));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(invalid("has a tag that no registry has: letters, digits, . _ and -"));
        }
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(ToOwned::to_owned),
            digest,
        })
    }
}

/// The grammar of OCI distribution-spec 1.1, "Pulling manifests": parts of letters and digits, between which there may be
/// a dot, one or two underscores, or dashes.
fn is_repository(name: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |part: &str| {
        let mut separators = part.split(|c: char| is_alphanumeric(c as u8) && c.is_ascii());
        let ends = |byte: Option<&u8>| byte.copied().is_some_and(is_alphanumeric);
        ends(part.as_bytes().first())
            && ends(part.as_bytes().last())
            && separators.all(|one| matches!(one, "" | "." | "_" | "__") || one.bytes().all(|byte| byte == b'-'))
    };
    name.len() <= MAX_REPOSITORY && name.split('/').all(is_part)
}

fn is_tag(tag: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || byte == b'-';
    tag.len() <= 128 && tag.bytes().all(inner) && !tag.is_empty() && !tag.starts_with(['.', '-'])
}
