//! A change of accounts, as its handler gets it: who makes it, where users and keys are, and the audit log.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::ExtensionRejection;
use axum::extract::{FromRequestParts, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::super::entered::Entered;
use super::super::operators::Operator;
use super::accounts::{body, directory};
use super::audit::note;
use crate::error::GatewayError;
use crate::request::Gateway;
use crate::snapshot::Snapshot;
use jackfield_accounting::callers::Directory;
use jackfield_accounting::deed::Deed;
use jackfield_accounting::store::Store;

/// A change of accounts that an operator asks for.
pub(super) struct AccountChange {
    pub(super) gateway: Arc<Gateway>,
    entered: Entered,
    operator: Operator,
}

// === impl AccountChange ===

impl AccountChange {
    /// The configuration in force.
    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.entered.snapshot
    }

    /// Where users and keys are.
    ///
    /// # Errors
    /// `NOT_FOUND` without a database.
    pub(super) fn directory(&self) -> Result<&Directory, GatewayError> {
        directory(&self.gateway)
    }

    /// What is asked for, and an example of it for a refusal.
    ///
    /// # Errors
    /// `NOT_FOUND` without a database, or those of a body that is not as it should be.
    pub(super) async fn asked<T: DeserializeOwned>(
        &self,
        request: Request,
        example: &str,
    ) -> Result<(&Store, T), GatewayError> {
        let store = self.directory()?.store();
        let asked = body(&self.gateway, &self.entered, request, example).await?;
        Ok((store, asked))
    }

    /// Keeps who did it.
    pub(super) async fn note(&self, deed: Deed<'_>) {
        note(&self.gateway, &self.operator, deed).await;
    }
}

impl FromRequestParts<Arc<Gateway>> for AccountChange {
    type Rejection = ExtensionRejection;

    async fn from_request_parts(parts: &mut Parts, gateway: &Arc<Gateway>) -> Result<Self, ExtensionRejection> {
        let Extension(entered) = Extension::from_request_parts(parts, gateway).await?;
        let Extension(operator) = Extension::from_request_parts(parts, gateway).await?;
        Ok(Self {
            gateway: Arc::clone(gateway),
            entered,
            operator,
        })
    }
}
