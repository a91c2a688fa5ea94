//! Who takes much of a worker's time lets the others on it go first.
//!
//! Reading order: [`let_others_go_first`] between the pieces of a large body, [`piece`] and [`batch`] (how large they are), [`is_alone`], [`Fair`] and
//! [`give_turns`] (one turn at a time for those who take much of a worker), `shares` (who they are), [`work_for`], [`Caller`],
//! [`Errand`] and [`aside`] (for whom a task works).

mod caller;
mod shares;
mod turns;

use tokio::task::yield_now;

pub(crate) use caller::{Caller, Errand, aside};
use turns::is_given;
pub(crate) use turns::{Fair, give_turns, is_alone};

/// How many turns the others get for each piece of a body that comes as fast as it is read. With one, a handful of such
/// bodies would take nearly all the time; where nobody waits, a turn costs about a microsecond.
const TURNS: u32 = 4;

/// The most bytes that are read of a connection of HTTP/1 in one turn, and its largest head. hyper's own default, 400 KiB,
/// keeps the others waiting for a tenth of a millisecond.
pub(crate) const READ_AT_ONCE: usize = 64 << 10;

/// The most bytes of a body that are moved from or to a socket in a turn that others wait for: a third of the time of
/// [`READ_AT_ONCE`].
const MOVED_MEANWHILE: usize = 16 << 10;

/// The same of a long body in a turn of the only caller there is.
const MOVED_ALONE: usize = 256 << 10;

/// How much of a reply is worked on in one turn. It saves passes through all layers.
const BATCH: usize = 16 << 10;

/// The same where nobody else is.
const LARGE_BATCH: usize = 64 << 10;

/// The same in a turn that others wait for.
const SMALL_BATCH: usize = 4 << 10;

/// How many bytes of a reply the present turn is good for: pieces that have arrived are taken together until they reach it.
pub(crate) fn batch() -> usize {
    if is_given() {
        SMALL_BATCH
    } else if is_alone() {
        LARGE_BATCH
    } else {
        BATCH
    }
}

/// How many bytes of a body the present turn is good for, on their way from or to a socket.
pub(crate) fn piece() -> usize {
    if is_given() { MOVED_MEANWHILE } else { READ_AT_ONCE }
}

/// The same where so many bytes of the body are left. To find out that nobody else is there costs more than a small body.
pub(crate) fn piece_of(left: usize) -> usize {
    let piece = piece();
    if left > piece && !is_given() && is_alone() {
        MOVED_ALONE
    } else {
        piece
    }
}

/// The present task works for this user from now on. Its next turn is one of theirs: whatever they want is theirs to wait for,
/// on each new connection.
pub(crate) async fn work_for(user: &str) {
    if caller::is_for(&user) {
        yield_now().await;
    }
}

/// Lets the others go first, after a piece of a body that came as fast as it was read. Where there are none, one turn is
/// enough: somebody may come.
pub(crate) async fn let_others_go_first() {
    let turns = if is_alone() { 1 } else { TURNS };
    for _ in 0..turns {
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::join;

    use super::*;

    #[tokio::test]
    async fn the_others_get_several_turns() {
        let turns = Cell::new(0);
        let others = async {
            while turns.get() < TURNS {
                turns.set(turns.get() + 1);
                yield_now().await;
            }
        };
        let seen = async {
            let_others_go_first().await;
            turns.get()
        };
        assert_eq!(join!(seen, others).0, TURNS);
    }
}
