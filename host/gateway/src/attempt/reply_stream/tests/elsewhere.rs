//! Streams whose decoder is at work on another thread, with a scripted one.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::scene::Scene;
use crate::attempt::Then;
use crate::attempt::decoding::{Budget, Decode, DecodedChunks};
use crate::error::{Class, Failure};
use crate::upstream::framing::Event;

/// Is at work elsewhere until it is told to finish.
#[derive(Debug, Default)]
struct Away {
    /// How many calls were begun.
    begun: Arc<Mutex<usize>>,
    call: Option<oneshot::Receiver<()>>,
    finish: Arc<Mutex<Option<oneshot::Sender<()>>>>,
}

impl Decode for Away {
    fn deadline(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn poll_decode(
        &mut self,
        context: &mut Context<'_>,
        events: &[Event],
        _: bool,
        _: &mut Budget,
    ) -> Poll<Result<DecodedChunks, Failure>> {
        let call = self.call.get_or_insert_with(|| {
            *self.begun.lock().unwrap() += 1;
            let (finish, call) = oneshot::channel();
            *self.finish.lock().unwrap() = Some(finish);
            call
        });
        let _ = ready!(Pin::new(call).poll(context));
        self.call = None;
        let lines = events.iter().map(|event| event.data.to_vec()).collect::<Vec<_>>();
        Poll::Ready(Ok(DecodedChunks {
            lines: lines.join(&b'\n'),
            done: false,
        }))
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_read_goes_on_with_the_call_that_is_under_way() {
    let away = Away::default();
    let (begun, finish) = (Arc::clone(&away.begun), Arc::clone(&away.finish));
    let mut scene = Scene::decoded(away);
    scene.sends("data: one\n\ndata: two\n\n");
    for _ in 0..3 {
        tokio::select! {
            biased;
            _ = scene.next() => panic!("it is not finished"),
            () = yield_now() => {}
        }
    }
    finish.lock().unwrap().take().unwrap().send(()).unwrap();
    assert_eq!(
        scene.next().await,
        (vec!["one".to_owned(), "two".to_owned()], Then::More)
    );
    assert_eq!(*begun.lock().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_attempt_ends_in_time_even_while_a_call_is_under_way() {
    let away = Away::default();
    let finish = Arc::clone(&away.finish);
    let mut scene = Scene::decoded(away);
    scene.sends("data: one\n\n");
    let (_, then) = scene.next().await;
    assert!(matches!(then, Then::Broke(failure) if failure.class == Class::Timeout));
    assert!(finish.lock().unwrap().is_some());
}
