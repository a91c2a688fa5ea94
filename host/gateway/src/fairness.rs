//! Who takes much of a worker's time lets the others on it go first.

use tokio::task::yield_now;

/// How many turns the others get for each piece of a body that comes as fast as it is read. With one, a handful of such
/// bodies would take nearly all the time; where nobody waits, a turn costs about a microsecond.
const TURNS: u32 = 4;

/// The most bytes that are read of a connection of HTTP/1 in one turn, and its largest head. hyper's own default, 400 KiB,
/// keeps the others waiting for a tenth of a millisecond.
pub(crate) const READ_AT_ONCE: usize = 64 << 10;

/// Lets the others go first, after a piece of a body that came as fast as it was read.
pub(crate) async fn let_others_go_first() {
    for _ in 0..TURNS {
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
