//! Turns of busy and of idle callers.

use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::{JoinSet, LocalSet};

use super::super::work_for;
use super::*;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A task that works for `user`, so long in each turn, and counts its turns.
fn task(user: &'static str, work: Duration, turns: &Rc<Cell<u32>>) -> Fair<impl Future<Output = ()> + use<>> {
    let turns = Rc::clone(turns);
    Fair::of(HERE, async move {
        work_for(user).await;
        loop {
            yield_now().await;
            let began = Instant::now();
            while began.elapsed() < work {}
            turns.set(turns.get() + 1);
        }
    })
}

#[tokio::test]
async fn a_hundred_busy_tasks_of_one_user_do_not_keep_another_waiting() {
    let (busy, other) = (Rc::default(), Rc::default());
    let (local, mut tasks) = (LocalSet::new(), JoinSet::new());
    for _ in 0..100 {
        tasks.spawn_local_on(task("busy", Duration::from_micros(50), &busy), &local);
    }
    tasks.spawn_local_on(task("other", Duration::from_micros(5), &other), &local);
    tasks.spawn_local_on(give_turns(), &local);
    let enough = async {
        while other.get() < 200 {
            yield_now().await;
        }
    };
    local.run_until(enough).await;
    // One after the other, it would be a hundred for each.
    assert!(busy.get() > 20 && busy.get() < 3_000, "{}", busy.get());
}

#[tokio::test]
async fn whoever_is_alone_does_not_wait() {
    let turns = Rc::default();
    let (local, mut tasks) = (LocalSet::new(), JoinSet::new());
    for _ in 0..10 {
        tasks.spawn_local_on(task("alone", Duration::from_micros(5), &turns), &local);
    }
    tasks.spawn_local_on(give_turns(), &local);
    let enough = async {
        while turns.get() < 1_000 {
            yield_now().await;
        }
    };
    local.run_until(enough).await;
    let waiting = QUEUE.with_borrow(|queue| queue.as_ref().map(|queue| queue.waiting.len()));
    assert_eq!(waiting, Some(0));
}

#[tokio::test]
async fn nobody_waits_for_turns_that_nobody_gives() {
    let turn = Arc::new(AtomicBool::new(false));
    let open = Open::new();
    let waiting = Waiting {
        has_turn: Arc::clone(&turn),
        task: Waker::noop().clone(),
    };
    QUEUE.with_borrow_mut(|queue| {
        let queue = queue.as_mut().unwrap();
        queue
            .waiting
            .push_back((Payer::new(&"user"), VecDeque::from([waiting])));
    });
    drop(open);
    assert!(turn.load(Relaxed));
    let took_turn = Fair::of(HERE, async { 7 }).await;
    assert_eq!(took_turn, 7);
}
