//! One turn at a time, in turn, for those who take much of a worker.
//!
//! A runtime polls its tasks in the order in which they were woken. A caller with a hundred busy connections so gets a
//! hundred turns before anybody else is even heard. Here the tasks of such a caller stand in a queue of their own. Each time
//! the runtime has been through all other tasks and has looked at its sockets, one task of one of these queues works.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use pin_project_lite::pin_project;
use tokio::task::yield_now;

use super::caller::{Caller, Payer};
use super::shares::Shares;

thread_local! {
    /// The queue of this thread; `None` while nobody [gives turns](give_turns).
    static QUEUE: RefCell<Option<Queue>> = const { RefCell::new(None) };
    /// Whether the task that is polled waited in it.
    static GIVEN: Cell<bool> = const { Cell::new(false) };
}

/// The tasks of this worker that wait for a turn.
#[derive(Debug)]
struct Queue {
    shares: Shares,
    /// By whom they work for, in the order in which these get their next turn. They are few.
    waiting: VecDeque<(Payer, VecDeque<Waiting>)>,
    /// Wakes who gives the turns.
    giver: Option<Waker>,
}

#[derive(Debug)]
struct Waiting {
    has_turn: Arc<AtomicBool>,
    task: Waker,
}

/// The queue of this thread is open until this is dropped.
#[derive(Debug)]
struct Open;

pin_project! {
    /// Polls a task, at once or when it is its turn.
    pub(crate) struct Fair<F> {
        #[pin]
        task: F,
        caller: Caller,
        // Set while the task is in the queue.
        turn: Option<Arc<AtomicBool>>,
    }
}

// === impl Open ===

impl Open {
    fn new() -> Self {
        QUEUE.set(Some(Queue {
            shares: Shares::new(Instant::now()),
            waiting: VecDeque::new(),
            giver: None,
        }));
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Nobody waits for a turn that nobody gives.
        let queues = QUEUE.take().into_iter().flat_map(|queue| queue.waiting);
        for waiting in queues.flat_map(|(_, waiting)| waiting) {
            waiting.has_turn.store(true, Relaxed);
            waiting.task.wake();
        }
    }
}

// === impl Fair ===

impl<F> Fair<F> {
    /// The task of a connection from this address, until it [is known](super::work_for) for whom.
    pub(crate) fn of(address: IpAddr, task: F) -> Self {
        Self::new(Caller::of(&address), task)
    }

    /// A task for the caller of the present one.
    pub(crate) fn within(task: F) -> Self {
        Self::new(Caller::current(), task)
    }

    /// A task for nobody, until it [takes over](Caller::take_over) something.
    pub(crate) fn idle(task: F) -> Self {
        Self::new(Caller::default(), task)
    }

    fn new(caller: Caller, task: F) -> Self {
        Self {
            task,
            caller,
            turn: None,
        }
    }
}

impl<F: Future> Future for Fair<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let began = Instant::now();
        let had_turn = this.turn.take_if(|turn| turn.load(Relaxed)).is_some();
        if !had_turn && this.turn.is_none() {
            *this.turn = this.caller.payer().and_then(|payer| wait(payer, began, context));
        }
        if this.turn.is_some() {
            return Poll::Pending;
        }
        GIVEN.set(had_turn);
        let (polled, caller) = this.caller.clone().during(|| this.task.poll(context));
        GIVEN.set(false);
        if let Some(payer) = caller.payer() {
            charge(payer, began);
        }
        *this.caller = caller;
        polled
    }
}

/// Whether the present task has its turn because it waited for it: it takes much, and others are there.
pub(super) fn is_given() -> bool {
    GIVEN.get()
}

/// Whether nobody but the caller of the present task has worked here lately. Only a worker's own tasks can be alone.
pub(crate) fn is_alone() -> bool {
    let Some(payer) = Caller::current().payer() else {
        return false;
    };
    QUEUE.with_borrow_mut(|queue| {
        let queue = queue.as_mut();
        queue.is_some_and(|queue| queue.shares.is_alone(payer, Instant::now()))
    })
}

/// Puts the task into its caller's queue if that takes much of this worker. Returns where its turn will be told.
fn wait(payer: Payer, now: Instant, context: &Context<'_>) -> Option<Arc<AtomicBool>> {
    QUEUE.with_borrow_mut(|queue| {
        let queue = queue.as_mut()?;
        if !queue.shares.takes_much(payer, now) {
            return None;
        }
        let has_turn = Arc::new(AtomicBool::new(false));
        let waiting = Waiting {
            has_turn: Arc::clone(&has_turn),
            task: context.waker().clone(),
        };
        match queue.waiting.iter_mut().find(|(whose, _)| *whose == payer) {
            Some((_, own)) => own.push_back(waiting),
            None => queue.waiting.push_back((payer, VecDeque::from([waiting]))),
        }
        queue.giver.take().into_iter().for_each(Waker::wake);
        Some(has_turn)
    })
}

fn charge(payer: Payer, began: Instant) {
    QUEUE.with_borrow_mut(|queue| {
        if let Some(queue) = queue {
            let now = Instant::now();
            queue.shares.charge(payer, now - began, now);
        }
    });
}

/// Gives one task after the other its turn, for as long as it is polled. Each time all other tasks go first.
pub(crate) async fn give_turns() {
    let _open = Open::new();
    loop {
        let next = poll_fn(next).await;
        next.has_turn.store(true, Relaxed);
        next.task.wake();
        yield_now().await;
    }
}

/// The first task that is still there, of whoever's turn it is.
fn next(context: &mut Context<'_>) -> Poll<Waiting> {
    QUEUE.with_borrow_mut(|queue| {
        let Some(queue) = queue else { return Poll::Pending };
        while let Some((payer, mut own)) = queue.waiting.pop_front() {
            let next = own.pop_front();
            if !own.is_empty() {
                queue.waiting.push_back((payer, own));
            }
            if let Some(next) = next.filter(|next| Arc::strong_count(&next.has_turn) > 1) {
                return Poll::Ready(next);
            }
        }
        queue.giver = Some(context.waker().clone());
        Poll::Pending
    })
}
