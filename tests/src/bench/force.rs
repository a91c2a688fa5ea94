//! When a change of a gateway's files is in force.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::connection::Connection;
use super::load::LoadError;
use super::site::Place;

/// How often to look, and for how long.
const LOOKS: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_mins(1);

/// Waits for a generation after that one, and tells it.
///
/// # Errors
/// If none comes.
pub(super) async fn in_force_after(
    generation: u64,
    place: &Place,
    connection: &mut Connection,
) -> Result<u64, LoadError> {
    let later = async {
        loop {
            match place.generation(connection).await? {
                now if now > generation => return Ok(now),
                _ => sleep(LOOKS).await,
            }
        }
    };
    timeout(LONGEST, later).await.map_err(|_| LoadError::NotInForce)?
}
