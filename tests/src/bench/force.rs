//! When a change of a gateway's files is in force.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::connection::{Connection, ConnectionError};
use super::load::LoadError;
use super::requests::Ask;
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

/// Adds a model of that id, and tells how long it took from then until it answered.
///
/// # Errors
/// If it does not answer.
pub(super) async fn model_in_force(place: &Place, id: &str) -> Result<Duration, LoadError> {
    let mut connection = Connection::open(place.address).await?;
    let request = Ask::Short.request(place.address, id, None);
    place.add_model(id).map_err(ConnectionError::from)?;
    let start = Instant::now();
    let answer = async {
        loop {
            match connection.exchange(&request).await {
                Ok(_) => return Ok(start.elapsed()),
                // That there is no such model is said with its name.
                Err(ConnectionError::Status { body, .. }) if body.contains(id) => sleep(LOOKS).await,
                Err(error) => return Err(error.into()),
            }
        }
    };
    timeout(LONGEST, answer).await.map_err(|_| LoadError::NotInForce)?
}
