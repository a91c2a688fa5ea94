//! Pieces on their way from a task to its body, whoever ends first.

use futures_util::FutureExt;
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::*;

#[tokio::test]
async fn a_piece_is_made_when_it_is_asked_for() {
    let (made, mut makes) = oneshot::channel();
    let mut body = body(Framing::Events, async move |outlet: Outlet| {
        let piece = outlet.when_wanted(async { Bytes::from("piece") }).await;
        let _ = made.send(());
        outlet.put(piece);
        outlet.finish();
    });
    yield_now().await;
    assert!(makes.try_recv().is_err());
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "piece");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn the_task_runs_although_nobody_asks_and_its_last_words_wait() {
    let (told, tell) = oneshot::channel();
    let body = body(Framing::Events, async move |outlet: Outlet| {
        outlet.put("first ".into());
        outlet.while_unwanted(tell).await.unwrap();
        outlet.put("last".into());
        outlet.finish();
    });
    told.send(()).unwrap();
    yield_now().await;
    assert_eq!(body.collect().await.unwrap().to_bytes(), "first last");
}

#[tokio::test]
async fn the_task_learns_that_its_client_is_gone() {
    let (gone, goes) = oneshot::channel();
    let body = body(Framing::Events, async move |outlet: Outlet| {
        outlet.gone().await;
        outlet.taken().await;
        let _ = gone.send(());
    });
    yield_now().await;
    drop(body);
    assert!(goes.await.is_ok());
}

#[tokio::test]
async fn a_task_that_ends_midway_leaves_no_body_that_looks_finished() {
    let mut body = body(Framing::Events, async |outlet: Outlet| outlet.put("half".into()));
    assert!(body.frame().await.unwrap().is_ok());
    assert!(body.frame().await.unwrap().is_err());
}

#[tokio::test]
async fn who_asks_is_not_disturbed_by_what_is_for_the_unread() {
    let (shared, context) = (Arc::new(Shared::default()), Context::from_waker(Waker::noop()));
    let outlet = Outlet {
        shared: Arc::clone(&shared),
    };
    assert!(outlet.while_unwanted(async {}).now_or_never().is_some());
    assert!(shared.poll_next(&context).is_pending());
    assert!(outlet.while_unwanted(async {}).now_or_never().is_none());
}
