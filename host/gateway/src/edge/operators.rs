//! Which paths are the operators', who they are, and what each of them may do.

use std::sync::Arc;

use axum::extract::Request;
use http::HeaderMap;
use jackfield_config::{AdminRole, Auth, Config, Secret};
use sha2::{Digest, Sha256};

use super::auth;
use crate::error::{ErrorKind, GatewayError};

/// The path of the metrics.
pub(super) const METRICS: &str = "/metrics";

/// The name of whoever needs no token, and of the holder of the one token without a name.
const UNNAMED: &str = "admin";

/// Marks requests on the listener that is for scrapes alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnListener {
    /// Whether only this machine can reach it.
    pub(crate) loopback: bool,
}

/// Who may use the admin endpoints if no admin token is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdminAccess {
    /// Anyone, because only this machine can reach the listener.
    Open,
    /// Whoever may call models without a key, which is allowed on loopback only, and only to look: the listener is that of
    /// clients. Web pages are kept out before (`site`).
    OfClients,
    /// Nobody: a token must be configured first, because other machines can reach the listener.
    Closed,
}

/// An operator; an extension of their requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operator {
    /// The name of their token.
    pub(super) name: Arc<str>,
    /// What they may do besides reading.
    pub(super) roles: Vec<AdminRole>,
}

/// Whether a path is the operators'. Web pages of others have no access to those.
pub(super) fn has(path: &str) -> bool {
    path.starts_with("/admin") || path == METRICS
}

/// Whether a request to such a path has to bring a token.
pub(super) fn needs_token(config: &Config, request: &Request) -> bool {
    match request.extensions().get::<OwnListener>() {
        Some(_) => config.metrics.token.is_some(),
        None => config.server.admin.needs_token(),
    }
}

/// The operator who sends these headers.
///
/// # Errors
/// `AUTHENTICATION_ERROR` without an admin token, if there is one; those of [`check_open`] if there is none.
pub(super) fn authorize(config: &Config, access: AdminAccess, headers: &HeaderMap) -> Result<Operator, GatewayError> {
    if config.server.admin.needs_token() {
        return holder(config, headers);
    }
    check_open(config, access)?;
    let roles = match access {
        AdminAccess::Open => AdminRole::ALL.to_vec(),
        // What forwards clients to this machine forwards them here as well.
        AdminAccess::OfClients | AdminAccess::Closed => vec![AdminRole::Read],
    };
    let name = UNNAMED.into();
    Ok(Operator { name, roles })
}

/// Checks that there is anything for operators: it can be reached by nobody else, or they have a token.
///
/// # Errors
/// `NOT_FOUND` if there is no token and anybody could call.
pub(super) fn check_open(config: &Config, access: AdminAccess) -> Result<(), GatewayError> {
    let server = &config.server;
    let open = match access {
        _ if server.admin.needs_token() => true,
        AdminAccess::Open => true,
        AdminAccess::OfClients => server.auth == Auth::Off,
        AdminAccess::Closed => false,
    };
    if open {
        return Ok(());
    }
    let message =
        "The operator can set server.admin.listen (such as 127.0.0.1:9090) or server.admin.token to use this endpoint.";
    Err(GatewayError::new(ErrorKind::NotFound, message))
}

/// Checks the one token that is asked for here.
pub(super) fn check(token: &Secret, headers: &HeaderMap) -> Result<(), GatewayError> {
    if is_sent(token, headers) {
        Ok(())
    } else {
        Err(unknown())
    }
}

/// The holder of the token that was sent. All tokens are compared, and by their hashes, so that the time taken reveals
/// nothing.
fn holder(config: &Config, headers: &HeaderMap) -> Result<Operator, GatewayError> {
    let admin = &config.server.admin;
    let whole = admin.token.as_ref().map(|token| (UNNAMED, token, &AdminRole::ALL[..]));
    let named = admin.tokens.iter();
    let named = named.map(|(name, token)| (name.as_str(), &token.token, token.roles.as_slice()));
    let held: Vec<_> = whole
        .into_iter()
        .chain(named)
        .filter(|(_, token, _)| is_sent(token, headers))
        .collect();
    let (name, _, roles) = held.first().ok_or_else(unknown)?;
    Ok(Operator {
        name: (*name).into(),
        roles: roles.to_vec(),
    })
}

/// Compares hashes, so that the time taken reveals nothing about the token.
fn is_sent(token: &Secret, headers: &HeaderMap) -> bool {
    let sent = auth::bearer(headers).unwrap_or_default();
    Sha256::digest(sent.as_bytes()) == Sha256::digest(token.expose().as_bytes())
}

fn unknown() -> GatewayError {
    let message = "Send the token as `Authorization: Bearer TOKEN`.";
    GatewayError::new(ErrorKind::Authentication, message)
}

// === impl Operator ===

impl Operator {
    /// Checks that they may do this. Whoever is an operator may read.
    ///
    /// # Errors
    /// `ROLE_REQUIRED`.
    pub(super) fn check(&self, role: AdminRole) -> Result<(), GatewayError> {
        if role == AdminRole::Read || self.roles.contains(&role) {
            return Ok(());
        }
        let message = format!(
            "This needs the role `{}`, which a token of server.admin has.",
            role.as_str()
        );
        Err(GatewayError::new(ErrorKind::RoleRequired, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(admin: &str) -> Config {
        let server = serde_json::from_str(admin).unwrap();
        Config {
            server,
            ..Config::default()
        }
    }

    fn bearer(token: &str) -> HeaderMap {
        let value = format!("Bearer {token}").parse().unwrap();
        HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])
    }

    #[test]
    fn each_token_has_the_roles_that_it_was_given() {
        let config = config(
            r#"{ "admin": { "token": "all", "tokens": { "watch": { "token": "w" }, "ops": { "token": "o", "roles": ["operate"] } } } }"#,
        );
        let allowed = |token: &str| {
            let operator = authorize(&config, AdminAccess::Closed, &bearer(token)).unwrap();
            let roles = AdminRole::ALL.map(|role| operator.check(role).is_ok());
            (operator.name.to_string(), roles)
        };
        assert_eq!(allowed("all"), ("admin".to_owned(), [true, true, true]));
        assert_eq!(allowed("w"), ("watch".to_owned(), [true, false, false]));
        assert_eq!(allowed("o"), ("ops".to_owned(), [true, true, false]));
        for wrong in ["", "x", "watch"] {
            let refused = authorize(&config, AdminAccess::Open, &bearer(wrong)).unwrap_err();
            assert_eq!(refused.kind, ErrorKind::Authentication, "{wrong}");
        }
    }

    #[test]
    fn without_a_token_only_a_listener_of_their_own_lets_anybody_change_something() {
        let roles = |access, auth: &str| {
            let operator = authorize(&config(auth), access, &HeaderMap::new());
            operator
                .map(|operator| operator.roles.len())
                .map_err(|error| error.kind)
        };
        let (off, required) = (r#"{ "auth": "off" }"#, r#"{ "auth": "required" }"#);
        assert_eq!(roles(AdminAccess::Open, required), Ok(3));
        assert_eq!(roles(AdminAccess::OfClients, off), Ok(1));
        assert_eq!(roles(AdminAccess::OfClients, required), Err(ErrorKind::NotFound));
        assert_eq!(roles(AdminAccess::Closed, off), Err(ErrorKind::NotFound));
    }
}
