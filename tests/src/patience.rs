//! The longest that a test waits for something that should happen at once.

use std::time::Duration;

/// Far beyond what any step takes on a loaded machine: it ends a hanging test and decides no other.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Await `future`, and fail the test with `what` in the message if it does not come within [`PATIENCE`].
///
/// Cancel safe if `future` is.
pub async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    let value = tokio::time::timeout(PATIENCE, future).await;
    value.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}, and it did not come"))
}
