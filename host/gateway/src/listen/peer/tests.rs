//! What a connection's state allows, moment by moment, under a paused clock.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::advance;

use super::*;
use crate::request::drain::Drain;

const CLOCKS: Clocks = Clocks {
    header: Duration::from_secs(10),
    idle: Duration::from_secs(75),
    write: Duration::from_mins(1),
};

/// In how many seconds the connection has to end, and why.
fn due(peer: &Peer) -> Option<(u64, Overdue)> {
    let context = Context::from_waker(Waker::noop());
    let (at, what) = peer.due(&CLOCKS, &context)?;
    Some((at.duration_since(Instant::now()).as_secs(), what))
}

fn poll_end(peer: &Peer) -> Poll<()> {
    peer.poll_end(&Context::from_waker(Waker::noop()))
}

/// A peer that has sent one request.
fn asking(version: Version) -> Peer {
    let peer = Peer::new();
    peer.received();
    peer.begin(version);
    peer
}

#[tokio::test(start_paused = true)]
async fn the_first_head_has_its_time_from_the_start_and_idleness_its_own() {
    let peer = Peer::new();
    advance(Duration::from_secs(4)).await;
    peer.received();
    assert_eq!(due(&peer), Some((6, Overdue::Head)));
    peer.begin(Version::HTTP_11);
    assert_eq!(due(&peer), None);
    peer.end(None);
    assert_eq!(due(&peer), Some((75, Overdue::Request)));
    advance(Duration::from_secs(70)).await;
    assert_eq!(due(&peer), Some((5, Overdue::Request)));
    peer.received();
    assert_eq!(due(&peer), Some((10, Overdue::Head)), "the next head has begun");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_came_with_the_one_before_is_pipelined() {
    let peer = asking(Version::HTTP_11);
    peer.end(None);
    assert!(peer.begin(Version::HTTP_11), "nothing was read in between");
    peer.end(None);
    peer.received();
    assert!(!peer.begin(Version::HTTP_11), "its head came after the answer");
}

#[tokio::test(start_paused = true)]
async fn the_frames_between_requests_of_http2_are_no_heads() {
    let peer = asking(Version::HTTP_2);
    peer.begin(Version::HTTP_2);
    peer.end(None);
    assert_eq!(due(&peer), None, "another stream is open");
    peer.end(None);
    peer.received();
    assert_eq!(due(&peer), Some((75, Overdue::Request)));
}

#[tokio::test(start_paused = true)]
async fn pings_keep_no_connection() {
    let peer = asking(Version::HTTP_2);
    peer.end(None);
    peer.writing();
    advance(Duration::from_secs(5)).await;
    peer.flushed();
    assert_eq!(due(&peer), Some((75, Overdue::Request)), "from the answer's last byte");
    for _ in 0..7 {
        advance(Duration::from_secs(10)).await;
        peer.received();
        peer.writing();
        peer.flushed();
    }
    assert_eq!(due(&peer), Some((5, Overdue::Request)));
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_answer_is_given_up_ends_at_once_even_while_it_writes() {
    let peer = asking(Version::HTTP_11);
    peer.writing();
    assert_eq!(due(&peer), None);
    peer.give_up();
    assert_eq!(due(&peer), Some((0, Overdue::Reading)));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_not_idle_while_it_writes() {
    let peer = asking(Version::HTTP_11);
    peer.end(None);
    peer.writing();
    advance(Duration::from_secs(100)).await;
    assert_eq!(due(&peer), None);
    peer.flushed();
    assert_eq!(due(&peer), Some((75, Overdue::Request)));
}

#[tokio::test]
async fn the_end_of_sending_is_held_back_while_an_answer_is_owed() {
    let peer = asking(Version::HTTP_11);
    assert!(peer.half_closed().now_or_never().is_none());
    assert_eq!(poll_end(&peer), Poll::Pending);
    assert!(peer.half_closed().now_or_never().is_some());
    peer.end(None);
    assert_eq!(poll_end(&peer), Poll::Ready(()));
}

#[tokio::test]
async fn without_a_request_or_with_http2_an_end_is_an_end() {
    assert_eq!(poll_end(&Peer::new()), Poll::Ready(()));
    assert_eq!(poll_end(&asking(Version::HTTP_2)), Poll::Ready(()));
}

#[tokio::test]
async fn an_interim_response_goes_only_before_an_answer_and_never_to_http_1_0() {
    let peer = asking(Version::HTTP_11);
    assert!(peer.takes_interim_response());
    peer.writing();
    assert!(!peer.takes_interim_response(), "it would be in the midst of something");
    peer.flushed();
    peer.answer();
    assert!(!peer.takes_interim_response());
    assert!(!asking(Version::HTTP_10).takes_interim_response());
    assert!(!asking(Version::HTTP_2).takes_interim_response());
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_last_byte_is_written() {
    let (peer, drain) = (asking(Version::HTTP_11), Drain::default());
    let in_flight = Arc::new(drain.begin(10).unwrap());
    peer.end(Some(in_flight));
    peer.writing();
    assert_eq!(drain.in_flight(), 1);
    peer.flushed();
    assert_eq!(drain.in_flight(), 0);
}

#[tokio::test]
async fn who_was_refused_midway_may_still_be_sending() {
    let peer = asking(Version::HTTP_11);
    assert!(!peer.may_be_sending());
    peer.leave_unread();
    peer.end(None);
    assert!(peer.may_be_sending());
    assert!(Peer::new().may_be_sending(), "a head that is too large");
}
