//! Removes a provider's secrets from its upstream's messages: some upstreams echo the key they were sent.

use crate::error::Failure;
use jackfield_config::Secret;

/// Shorter values are hardly secrets, and redacting them would only garble messages.
const SHORTEST: usize = 8;

/// The secrets of one provider.
#[derive(Debug)]
pub(crate) struct Redaction {
    secrets: Vec<Secret>,
}

// === impl Redaction ===

impl Redaction {
    /// Redacts the secrets of at least [`SHORTEST`] bytes.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let secrets = secrets.into_iter();
        let long = secrets.filter(|secret| secret.expose().len() >= SHORTEST);
        let mut secrets: Vec<Secret> = long.cloned().collect();
        // Longest first, because one secret may contain another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    /// Replaces each secret in what the failure says with `[secret]`.
    #[must_use]
    pub(crate) fn apply(&self, mut failure: Failure) -> Failure {
        let detail = &mut *failure.detail;
        let words = [&mut detail.code, &mut detail.param, &mut detail.kind];
        let texts = words.into_iter().flatten().chain([&mut failure.message]);
        for text in texts {
            for secret in &self.secrets {
                if text.contains(secret.expose()) {
                    *text = text.replace(secret.expose(), "[secret]");
                }
            }
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Class;

    #[test]
    fn every_secret_is_redacted_and_nothing_else() {
        let secrets = ["sk-1234567", "sk-1234567-long", "on"].map(Secret::new);
        let redaction = Redaction::new(&secrets);
        let said = |message| redaction.apply(Failure::new(Class::Client, message)).message;
        assert_eq!(said("no: sk-1234567, sk-1234567-long"), "no: [secret], [secret]");
        assert_eq!(said("it is on"), "it is on");
        let mut failure = Failure::new(Class::Client, "no");
        failure.detail.param = Some("header sk-1234567".to_owned());
        let detail = redaction.apply(failure).detail;
        assert_eq!(detail.param.as_deref(), Some("header [secret]"));
    }
}
