//! The responses where there is nothing, or nothing for that method.

use axum::extract::Request;

use crate::error::{ErrorKind, GatewayError};
use jackfield_config::escaped::cut;

/// The most bytes of a path, or of a method, that an error repeats.
const MAX_PATH: usize = 256;

/// The response for an unknown path.
pub(super) async fn not_found(request: Request) -> GatewayError {
    let message = format!("There is nothing at {}.", cut(request.uri().path(), MAX_PATH));
    GatewayError::new(ErrorKind::NotFound, message)
}

/// The response for a known path with the wrong method.
pub(super) async fn method_not_allowed(request: Request) -> GatewayError {
    let (path, method) = (request.uri().path(), request.method().as_str());
    let message = format!("{} does not support {}.", cut(path, MAX_PATH), cut(method, MAX_PATH));
    GatewayError::new(ErrorKind::MethodNotAllowed, message)
}
