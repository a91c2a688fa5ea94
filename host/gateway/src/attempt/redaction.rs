//! Takes a provider's secrets out of what its upstream says: some repeat the key that they were sent.

use crate::error::Failure;
use jackfield_config::Secret;

/// Shorter values are no secrets, and taking them out would only garble messages.
const SHORTEST: usize = 8;

/// The secrets of one provider.
#[derive(Debug)]
pub(crate) struct Redaction {
    secrets: Vec<Secret>,
}

// === impl Redaction ===

impl Redaction {
    /// Knows these secrets.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let secrets = secrets.into_iter();
        let long = secrets.filter(|secret| secret.expose().len() >= SHORTEST);
        let mut secrets: Vec<Secret> = long.cloned().collect();
        // The longest first: one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    /// The failure with `[secret]` wherever its message held one.
    #[must_use]
    pub(crate) fn apply(&self, mut failure: Failure) -> Failure {
        for secret in &self.secrets {
            if failure.message.contains(secret.expose()) {
                failure.message = failure.message.replace(secret.expose(), "[secret]");
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
    fn a_secret_is_taken_out_wherever_it_stands_and_nothing_else() {
        let secrets = ["sk-1234567", "sk-1234567-long", "on"].map(Secret::new);
        let redaction = Redaction::new(&secrets);
        let said = |message| redaction.apply(Failure::new(Class::Client, message)).message;
        assert_eq!(said("no: sk-1234567, sk-1234567-long"), "no: [secret], [secret]");
        assert_eq!(said("it is on"), "it is on");
    }
}
