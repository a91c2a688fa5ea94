//! Builds a provider's credential: the scheme is the configuration's, or that of the adapter's manifest.

use std::sync::Arc;

use super::ProviderBuilder;
use crate::affinity::Place;
use crate::attempt::Redaction;
use crate::upstream::credential::{Credential, CredentialError, SigV4, Tokens};
use crate::upstream::credentials::Credentials;
use jackfield_config::{AuthConfig, AuthScheme as Configured};
use jackfield_config::{Fault, ProviderConfig, Secret};
use jackfield_sandbox::{AdapterPlugin, AuthScheme};

/// What the tokens of a service account are for if nobody says: all that the account may do.
const USUAL_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

// === impl ProviderBuilder ===

impl ProviderBuilder<'_> {
    /// The provider's credentials. What is made of them later is told to `redaction`.
    pub(super) fn credentials(
        &self,
        name: &str,
        config: &ProviderConfig,
        (plugin, redaction): (&AdapterPlugin, &Arc<Redaction>),
    ) -> Result<Credentials, Fault> {
        let manifest = &plugin.manifest.auth;
        match &config.auth {
            Some(auth) if auth.scheme == Configured::AwsSigv4 => {
                self.signature(name, auth, manifest).map(Credentials::from)
            }
            Some(auth) if auth.scheme == Configured::GoogleServiceAccount => {
                let tokens = self.tokens(name, config, (auth, manifest), redaction);
                tokens.map(Credentials::from)
            }
            // A self-hosted upstream may need no key. Without one, nothing is attached.
            None if config.keys().next().is_none() => Ok(Credential::None.into()),
            auth => self.keys(name, config, &auth.as_ref().map_or(manifest.clone(), scheme)),
        }
    }

    fn keys(&self, name: &str, config: &ProviderConfig, scheme: &AuthScheme) -> Result<Credentials, Fault> {
        let Some(keys) = &config.api_keys else {
            let credential = Credential::new(scheme, config.api_key.as_ref());
            return credential
                .map(Credentials::from)
                .map_err(|error| self.bad(name, &["api_key"], &error));
        };
        let credentials = keys.iter().enumerate().map(|(index, key)| {
            let place = Place::of([key.expose().as_bytes()]);
            let credential = Credential::new(scheme, Some(key)).map(|credential| (credential, place));
            credential.map_err(|error| self.bad(name, &["api_keys", &index.to_string()], &error))
        });
        credentials.collect::<Result<Vec<_>, _>>().map(Credentials::new)
    }

    fn signature(&self, name: &str, auth: &AuthConfig, manifest: &AuthScheme) -> Result<Credential, Fault> {
        let ((Some(service), _) | (None, AuthScheme::AwsSigv4 { service })) = (&auth.service, manifest) else {
            let problem = "is missing, and the adapter's manifest names none";
            let path = ["providers", name, "auth", "service"];
            return Err(self.loaded.fault_at(&path, problem, "add one such as bedrock"));
        };
        let (Some(region), Some(id), Some(secret)) = (&auth.region, &auth.access_key_id, &auth.secret_access_key)
        else {
            return Err(self.bad(name, &["auth"], &CredentialError::Missing));
        };
        let key = SigV4::new((region, service), (id, secret), auth.session_token.as_ref());
        let key = key.map_err(|error| self.bad(name, &["auth"], &error))?;
        Ok(Credential::Signature(Arc::new(key)))
    }

    fn tokens(
        &self,
        name: &str,
        config: &ProviderConfig,
        (auth, manifest): (&AuthConfig, &AuthScheme),
        redaction: &Arc<Redaction>,
    ) -> Result<Credential, Fault> {
        let manifests = match manifest {
            AuthScheme::GoogleServiceAccount { scope } => scope.as_deref(),
            _ => None,
        };
        let scope = auth.scope.as_deref().or(manifests).unwrap_or(USUAL_SCOPE);
        let key_file = auth.service_account.as_ref().map_or("", Secret::expose);
        let client = self.client_for(name, config, false)?;
        let tokens = Tokens::new(
            key_file,
            (auth.token_url.as_deref(), scope),
            client,
            Arc::clone(redaction) as _,
        );
        let tokens = tokens.map_err(|error| self.bad(name, &["auth", "service_account"], &error))?;
        Ok(Credential::Token(Arc::new(tokens)))
    }

    fn bad(&self, name: &str, member: &[&str], error: &CredentialError) -> Fault {
        let path: Vec<&str> = ["providers", name].into_iter().chain(member.iter().copied()).collect();
        self.loaded.fault_at(&path, error.problem(), error.remedy())
    }
}

/// Everything secret that is attached to requests.
pub(super) fn redaction(config: &ProviderConfig) -> Redaction {
    let mut redaction = Redaction::default();
    for key in config.keys() {
        redaction = redaction.key(key.expose());
    }
    if let Some(auth) = &config.auth {
        let parts = [&auth.access_key_id, &auth.secret_access_key, &auth.session_token];
        redaction = redaction.access_key(parts.map(|part| part.as_ref().map(Secret::expose)));
    }
    for (name, value) in &config.headers {
        redaction = redaction.header(name, value.expose());
    }
    let proxies = [&config.proxies.http, &config.proxies.https];
    for proxy in proxies.into_iter().flatten() {
        redaction = redaction.proxy(proxy.expose());
    }
    redaction
}

/// The scheme from the provider's `auth`, for those whose credential is `api_key`.
fn scheme(auth: &AuthConfig) -> AuthScheme {
    let name = auth.name.clone().unwrap_or_default();
    match auth.scheme {
        Configured::Bearer => AuthScheme::Bearer,
        Configured::Basic => AuthScheme::Basic,
        Configured::Header => AuthScheme::Header { name },
        Configured::Query => AuthScheme::Query { name },
        Configured::None | Configured::AwsSigv4 | Configured::GoogleServiceAccount => AuthScheme::None,
    }
}
