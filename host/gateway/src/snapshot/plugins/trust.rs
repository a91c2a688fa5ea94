//! Who decides where a provider's key goes: the operator, in the configuration. A plugin's manifest counts as far as the
//! configuration lets it, and an update of a plugin moves no key.
//!
//! Pure functions. [`base_url`] judges one provider, [`refusal`] the content of a plugin's file.

use jackfield_config::{AuthScheme as Configured, Config, ProviderConfig, Voucher, is_local_url};
use jackfield_sandbox::{AuthScheme, Manifest};

/// What is wrong, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::snapshot) struct Refusal {
    pub(in crate::snapshot) problem: String,
    pub(in crate::snapshot) remedy: String,
}

/// The content of a plugin's file.
#[derive(Clone, Copy)]
pub(in crate::snapshot) struct Content<'a> {
    pub(in crate::snapshot) manifest: &'a Manifest,
    pub(in crate::snapshot) sha256: &'a str,
    /// What speaks for it, if anything does.
    pub(in crate::snapshot) voucher: Option<&'a Voucher>,
}

/// The plugin of the same name that is in force, and the configuration that it serves.
#[derive(Clone, Copy)]
pub(super) struct InForce<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) config: &'a Config,
}

/// The base URL of a provider: its own, or its adapter's if the operator trusts that one. `None` if there is none.
///
/// # Errors
/// If it would be the adapter's word where a key goes, or what it reaches in our own network.
pub(in crate::snapshot) fn base_url(
    provider: &ProviderConfig,
    content: Content<'_>,
    config: &Config,
) -> Result<Option<String>, Refusal> {
    let manifest = content.manifest;
    let name = &manifest.name;
    let Some(url) = relied_on(provider, manifest) else {
        return Ok(provider.base_url.clone());
    };
    if is_local_url(url) {
        return Err(Refusal {
            problem: format!("is missing, and its adapter `{name}` names a local address: {url}"),
            remedy: format!("if that is meant, write `base_url: \"{url}\"`"),
        });
    }
    if provider.has_secrets() && !provider.trust_base_url && !content.is_vouched(config) {
        return Err(Refusal {
            problem: format!("is missing, so its adapter `{name}` would say where the key goes"),
            remedy: format!(
                "write `base_url: \"{url}\"` if that is right; or `trust_base_url: true`, or pin the plugin in plugins.pins; or list its signer in plugins.trust"
            ),
        });
    }
    Ok(Some(url.to_owned()))
}

// === impl Content ===

impl Content<'_> {
    /// Whether the operator has spoken for this very content: by its hash, there or in a source, or by the key that signed
    /// it.
    fn is_vouched(&self, config: &Config) -> bool {
        let spoken = matches!(self.voucher, Some(Voucher::Signature(_) | Voucher::Source));
        spoken || config.plugins.pins(&self.manifest.name, self.sha256)
    }
}

/// Whether a provider's base URL is the adapter's word.
pub(in crate::snapshot) fn is_adapters_word(provider: &ProviderConfig) -> bool {
    provider.base_url.is_none()
}

/// Why a plugin may not come into force under this configuration; `None` if it may. `before` is the plugin of the same
/// name that is in force.
pub(super) fn refusal(content: Content<'_>, config: &Config, before: Option<InForce<'_>>) -> Option<Refusal> {
    let Content {
        manifest,
        sha256,
        voucher,
    } = content;
    let name = &manifest.name;
    if let Some(refusal) = unpinned(("adapter", name, sha256), voucher, config) {
        return Some(refusal);
    }
    let mut users = config
        .providers
        .iter()
        .filter(|(_, provider)| provider.adapter == *name);
    users.find_map(|(user, provider)| {
        let local = local(user, provider, manifest);
        local.or_else(|| moved(user, provider, content, config, before?))
    })
}

/// The refusal of a plugin (its kind, name and hash) if it has another content than its pin, or if what let it in is the
/// pin of another.
pub(super) fn unpinned(
    (kind, name, sha256): (&str, &str, &str),
    voucher: Option<&Voucher>,
    config: &Config,
) -> Option<Refusal> {
    if let Some(pin) = config.plugins.pin_of(name).filter(|pin| pin != sha256) {
        return Some(Refusal {
            problem: format!("is the {kind} `{name}` with another content than plugins.pins says ({pin})"),
            remedy: format!(
                "put the pinned file back; or, if the new one is right, write `{name}: \"{sha256}\"` there"
            ),
        });
    }
    // Only now its name is known: the pin that let it in may be that of another plugin.
    if config.plugins.trust.is_some() && voucher == Some(&Voucher::Pin) && !config.plugins.pins(name, sha256) {
        return Some(Refusal {
            problem: format!("is the {kind} `{name}`, and its content is pinned for another plugin only"),
            remedy: format!("write `{name}: \"{sha256}\"` in plugins.pins if that is meant"),
        });
    }
    None
}

/// A manifest that has requests sent to this machine or into its network, where a plugin could not come by itself.
fn local(user: &str, provider: &ProviderConfig, manifest: &Manifest) -> Option<Refusal> {
    let url = relied_on(provider, manifest).filter(|url| is_local_url(url))?;
    Some(Refusal {
        problem: format!("names a local address as the base URL of providers.{user}: {url}"),
        remedy: format!("if that is meant, write `base_url: \"{url}\"` for providers.{user}"),
    })
}

/// An update that would send a key elsewhere, or in another place of the request.
fn moved(
    user: &str,
    provider: &ProviderConfig,
    content: Content<'_>,
    config: &Config,
    before: InForce<'_>,
) -> Option<Refusal> {
    let (manifest, old) = (content.manifest, before.manifest);
    let is_attached = |provider: &ProviderConfig| provider.adapter == manifest.name && provider.has_secrets();
    let was_attached = before.config.providers.values().any(is_attached);
    // A pin that this content meets is the configuration's consent, as is a signature by a key that it lists.
    if !was_attached || !is_attached(provider) || content.is_vouched(config) {
        return None;
    }
    let or_pin = format!(
        "or pin the plugin: `{}: \"{}\"` in plugins.pins",
        manifest.name, content.sha256
    );
    let url = relied_on(provider, manifest);
    let bare = |url: &'_ str| url.trim_end_matches('/').to_owned();
    if let Some(url) = url.filter(|url| old.base_url.as_deref().map(bare) != Some(bare(url))) {
        let was = old.base_url.as_deref().unwrap_or("nowhere");
        return Some(Refusal {
            problem: format!("would send the key of providers.{user} to {url}; before, it went to {was}"),
            remedy: format!("if that is right, write `base_url: \"{url}\"` for providers.{user}, {or_pin}"),
        });
    }
    let follows = followed(provider, manifest) != followed(provider, old);
    follows.then(|| Refusal {
        problem: format!(
            "would send the key of providers.{user} {}; before, it went {}",
            place(&manifest.auth),
            place(&old.auth)
        ),
        remedy: format!(
            "if that is right, write `auth: {}` for providers.{user}, {or_pin}",
            written(&manifest.auth)
        ),
    })
}

/// The manifest's base URL, if that is the one the provider uses.
fn relied_on<'m>(provider: &ProviderConfig, manifest: &'m Manifest) -> Option<&'m str> {
    let url = manifest.base_url.as_deref();
    url.filter(|_| is_adapters_word(provider))
}

/// What of the manifest's scheme the provider goes by: all of it, or the service or scope that its own leaves out.
fn followed<'m>(provider: &ProviderConfig, manifest: &'m Manifest) -> Option<&'m AuthScheme> {
    let follows = match (&provider.auth, &manifest.auth) {
        (None, _) => provider.keys().next().is_some(),
        (Some(own), AuthScheme::AwsSigv4 { .. }) => own.scheme == Configured::AwsSigv4 && own.service.is_none(),
        (Some(own), AuthScheme::GoogleServiceAccount { .. }) => {
            own.scheme == Configured::GoogleServiceAccount && own.scope.is_none()
        }
        (Some(_), _) => false,
    };
    follows.then_some(&manifest.auth)
}

/// Where a scheme puts the key.
fn place(scheme: &AuthScheme) -> String {
    match scheme {
        AuthScheme::None => "nowhere".to_owned(),
        AuthScheme::Bearer => "in the header authorization, as a bearer token".to_owned(),
        AuthScheme::Basic => "in the header authorization, as a basic credential".to_owned(),
        AuthScheme::Header { name } => format!("in the header {name}"),
        AuthScheme::Query { name } => format!("in the query parameter {name:?}"),
        AuthScheme::AwsSigv4 { service } => format!("into a signature for {service}"),
        AuthScheme::GoogleServiceAccount { scope } => {
            let scope = scope.as_deref().unwrap_or("all that its account may do");
            format!("in the header authorization, as a token for {scope}")
        }
    }
}

/// The scheme as the configuration writes it.
fn written(scheme: &AuthScheme) -> String {
    match scheme {
        AuthScheme::None => "{ scheme: none }".to_owned(),
        AuthScheme::Bearer => "{ scheme: bearer }".to_owned(),
        AuthScheme::Basic => "{ scheme: basic }".to_owned(),
        AuthScheme::Header { name } => format!("{{ scheme: header, name: {name:?} }}"),
        AuthScheme::Query { name } => format!("{{ scheme: query, name: {name:?} }}"),
        AuthScheme::AwsSigv4 { service } => format!("{{ scheme: aws-sigv4, service: {service:?}, … }}"),
        AuthScheme::GoogleServiceAccount { .. } => "{ scheme: google-service-account, … }".to_owned(),
    }
}

#[cfg(test)]
mod tests;
