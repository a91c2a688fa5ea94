//! A request that its dialect refuses, as an error: it names the field to people and to programs.

use jackfield_dialects::{ErrorDetail, RequestFault};

use super::{ErrorKind, GatewayError};

// === impl GatewayError ===

impl From<RequestFault> for GatewayError {
    fn from(fault: RequestFault) -> Self {
        let mut error = Self::new(ErrorKind::InvalidRequest, fault.to_string());
        // Of the body as a whole no parameter is at fault.
        let param = (fault.field != "body").then(|| fault.field.into_owned());
        let detail = ErrorDetail {
            param,
            ..ErrorDetail::default()
        };
        (error.details, error.upstream) = (fault.details, Some(Box::new(detail)));
        error
    }
}
