//! The longest a test waits for something that should happen at once.

use std::time::Duration;

/// Far longer than any step takes on a loaded machine, so it only ends tests that hang.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Awaits `future`, and fails the test with `what` in the message if it takes longer than [`PATIENCE`].
///
/// Cancel safe if `future` is.
pub async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    let value = tokio::time::timeout(PATIENCE, future).await;
    value.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}, and it did not come"))
}
