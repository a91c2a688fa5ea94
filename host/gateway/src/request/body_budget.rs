//! How many bytes of request bodies may be in memory at a time, in this process and for each of its users.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jackfield_config::ServerConfig;

use crate::error::{ErrorKind, GatewayError};

/// The beginning of each body, which needs no room: most bodies end within it. The limit of in-flight requests bounds
/// how much that is altogether.
const FREE: usize = 16 << 10;

/// How much room is taken at a time.
const STEP: usize = 64 << 10;

/// The bodies of all requests.
#[derive(Debug, Default)]
pub(crate) struct BodyBudget {
    bytes: AtomicUsize,
    by_user: Mutex<HashMap<Arc<str>, usize>>,
}

/// The room that one request's body takes. Dropping it gives the room back.
#[derive(Debug)]
pub(crate) struct BodyRoom {
    budget: Arc<BodyBudget>,
    user: Option<Arc<str>>,
    /// The limits of the process and of a user.
    limits: (usize, usize),
    taken: usize,
}

// === impl BodyBudget ===

impl BodyBudget {
    /// No room yet, for a body of this user's; `None` if nobody is known.
    pub(crate) fn room(self: &Arc<Self>, user: Option<&Arc<str>>, config: &ServerConfig) -> BodyRoom {
        let all = config.max_body_bytes_in_flight.max(config.max_body_bytes);
        // A single body of the largest size always has room, or nobody could send it.
        let user_limit = config.max_body_bytes_in_flight_per_user.unwrap_or(all / 4);
        BodyRoom {
            budget: Arc::clone(self),
            user: user.cloned(),
            limits: (all, user_limit.max(config.max_body_bytes)),
            taken: 0,
        }
    }

    fn by_user(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        // Each change is one assignment, so the sums are right even if a thread panicked meanwhile.
        self.by_user.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl BodyRoom ===

impl BodyRoom {
    /// Takes room for a body of this many bytes, besides what is taken already.
    ///
    /// # Errors
    /// `OVERLOADED` if the process or the user has too many bytes in flight.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), GatewayError> {
        if bytes <= FREE || bytes <= self.taken {
            return Ok(());
        }
        let more = bytes.next_multiple_of(STEP) - self.taken;
        let (all, each) = self.limits;
        let fits = |used: usize, limit: usize| used.checked_add(more).filter(|sum| *sum <= limit);
        let taken = self
            .budget
            .bytes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| fits(used, all));
        taken.map_err(|_| refused("The gateway holds as many bytes of request bodies as it may; try again."))?;
        if let Some(user) = &self.user {
            let mut by_user = self.budget.by_user();
            let used = by_user.entry(Arc::clone(user)).or_default();
            let Some(sum) = fits(*used, each) else {
                drop(by_user);
                self.budget.bytes.fetch_sub(more, Ordering::AcqRel);
                return Err(refused(
                    "Your requests' bodies are too large to be sent at the same time; try again.",
                ));
            };
            *used = sum;
        }
        self.taken += more;
        Ok(())
    }
}

impl Drop for BodyRoom {
    fn drop(&mut self) {
        if self.taken == 0 {
            return;
        }
        self.budget.bytes.fetch_sub(self.taken, Ordering::AcqRel);
        let Some(user) = &self.user else { return };
        let mut by_user = self.budget.by_user();
        if let Some(used) = by_user.get_mut(user) {
            *used = used.saturating_sub(self.taken);
            if *used == 0 {
                by_user.remove(user);
            }
        }
    }
}

fn refused(message: &str) -> GatewayError {
    GatewayError::new(ErrorKind::Overloaded, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn config() -> ServerConfig {
        ServerConfig {
            max_body_bytes: MIB,
            max_body_bytes_in_flight: 4 * MIB,
            max_body_bytes_in_flight_per_user: Some(2 * MIB),
            ..ServerConfig::default()
        }
    }

    fn room(budget: &Arc<BodyBudget>, user: &str) -> BodyRoom {
        budget.room(Some(&user.into()), &config())
    }

    #[test]
    fn a_user_has_a_share_and_all_users_have_a_sum() {
        let budget = Arc::new(BodyBudget::default());
        let mut rooms: Vec<BodyRoom> = ["ada", "ada", "bob", "bob", "eve"]
            .map(|user| room(&budget, user))
            .into();
        assert!(rooms[..4].iter_mut().all(|room| room.grow(MIB).is_ok()));
        assert_eq!(room(&budget, "ada").grow(MIB).unwrap_err().kind, ErrorKind::Overloaded);
        assert!(rooms[4].grow(FREE).is_ok(), "a small body needs no room");
        assert_eq!(rooms[4].grow(FREE + 1).unwrap_err().kind, ErrorKind::Overloaded);
        rooms.remove(0);
        assert!(rooms[3].grow(MIB).is_ok());
    }

    #[test]
    fn what_was_taken_is_given_back_and_leaves_nothing_behind() {
        let budget = Arc::new(BodyBudget::default());
        let mut first = room(&budget, "ada");
        for bytes in [FREE, FREE + 1, STEP, STEP + 1, MIB] {
            first.grow(bytes).unwrap();
        }
        assert_eq!(budget.bytes.load(Ordering::Acquire), MIB);
        assert!(first.grow(3 * MIB).is_err());
        drop(first);
        assert_eq!(budget.bytes.load(Ordering::Acquire), 0);
        assert!(budget.by_user().is_empty());
    }

    #[test]
    fn the_largest_body_always_has_room_when_it_is_alone() {
        let config = ServerConfig {
            max_body_bytes_in_flight: 1,
            max_body_bytes_in_flight_per_user: Some(1),
            ..config()
        };
        let budget = Arc::new(BodyBudget::default());
        assert!(budget.room(None, &config).grow(MIB).is_ok());
        assert!(budget.room(Some(&"ada".into()), &config).grow(MIB).is_ok());
    }
}
