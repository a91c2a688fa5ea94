//! Tokens from an endpoint on loopback: when one is fetched, who waits for it, and what a failure does.

use std::sync::Mutex as Said;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::upstream::route::Route;

const KEY_FILE: &str = include_str!("../account/key.json");

/// Notes what it is told to keep.
#[derive(Default)]
struct Notebook(Said<Vec<String>>);

impl Keeper for Notebook {
    fn keep(&self, secret: &str) {
        self.0.lock().unwrap().push(secret.to_owned());
    }
}

/// An endpoint that gives these answers, one a connection, and the number of those that are left.
struct Endpoint {
    listener: TcpListener,
    answers: Vec<String>,
}

fn token(name: &str, seconds: u64) -> String {
    let body = format!(r#"{{"access_token":"{name}","expires_in":{seconds},"token_type":"Bearer"}}"#);
    answer("200 OK", "", &body)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

// === impl Endpoint ===

impl Endpoint {
    async fn with(answers: &[String]) -> (Self, Tokens, Arc<Notebook>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let client = Client::new(Route::direct(Duration::from_secs(5))).unwrap();
        let notebook = Arc::<Notebook>::default();
        let tokens = Tokens::new(KEY_FILE, (Some(&url), "scope"), client, Arc::clone(&notebook) as _).unwrap();
        let answers = answers.to_vec();
        (Self { listener, answers }, tokens, notebook)
    }

    /// Gives all its answers while `work` runs, and returns what came of that.
    async fn during<T>(self, work: impl Future<Output = T>) -> T {
        let serve = async {
            for answer in self.answers {
                let mut stream = asked(&self.listener).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        };
        tokio::join!(work, serve).0
    }
}

/// The next connection on which somebody asks.
async fn asked(listener: &TcpListener) -> TcpStream {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        while stream.read_buf(&mut read).await.unwrap() > 0 {
            if String::from_utf8_lossy(&read).contains("assertion=") {
                return stream;
            }
        }
    }
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

async fn said(tokens: &Tokens, seconds: u64) -> Result<String, AuthorizeError> {
    let value = tokens.authorization(at(seconds)).await?;
    Ok(value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn one_fetch_serves_all_until_the_token_is_renewed_ahead_of_its_end() {
    let (endpoint, tokens, notebook) = Endpoint::with(&[token("one", 3600), token("two", 3600)]).await;
    let work = async {
        let all = join_all((0..20).map(|_| said(&tokens, 0))).await;
        assert!(all.iter().all(|one| one.as_deref() == Ok("Bearer one")), "{all:?}");
        assert_eq!(said(&tokens, 3299).await.unwrap(), "Bearer one");
        // Five minutes before its end, the first to ask fetches the next one.
        assert_eq!(said(&tokens, 3301).await.unwrap(), "Bearer two");
    };
    endpoint.during(work).await;
    let kept = notebook.0.lock().unwrap().clone();
    assert_eq!(kept.len(), 4, "two assertions and two tokens");
    assert!(kept[1] == "one" && kept[3] == "two");
    assert!(!format!("{tokens:?}").contains("two"));
}

#[tokio::test]
async fn while_one_renews_it_others_go_on_with_the_token() {
    let (endpoint, tokens, _) = Endpoint::with(&[token("one", 3600), token("two", 3600)]).await;
    let work = async {
        said(&tokens, 0).await.unwrap();
        let (first, second) = tokio::join!(said(&tokens, 3400), said(&tokens, 3400));
        assert_eq!(
            (first.unwrap(), second.unwrap()),
            ("Bearer two".to_owned(), "Bearer one".to_owned())
        );
    };
    endpoint.during(work).await;
}

#[tokio::test]
async fn a_token_is_used_to_its_end_if_there_is_no_next_one() {
    let broken = answer("500 Internal Server Error", "", "");
    let (endpoint, tokens, _) = Endpoint::with(&[token("one", 3600), broken.clone(), broken]).await;
    let work = async {
        said(&tokens, 0).await.unwrap();
        assert_eq!(said(&tokens, 3310).await.unwrap(), "Bearer one");
        // Not every request asks again.
        assert_eq!(said(&tokens, 3311).await.unwrap(), "Bearer one");
        let (status, wait) = (500, None);
        assert_eq!(
            said(&tokens, 3600).await.unwrap_err(),
            AuthorizeError::Unavailable { status, wait }
        );
    };
    endpoint.during(work).await;
}

#[tokio::test]
async fn all_that_wait_for_a_fetch_share_its_failure_and_the_next_one_asks_again() {
    let denied = answer(
        "400 Bad Request",
        "date: Fri, 15 Jan 2027 08:10:00 GMT\r\n",
        r#"{"error":"invalid_grant","error_description":"Invalid JWT: check your iat and exp values"}"#,
    );
    let (endpoint, tokens, _) = Endpoint::with(&[denied, token("one", 3600)]).await;
    let work = async {
        let all = join_all((0..20).map(|_| said(&tokens, 0))).await;
        for one in all {
            assert_eq!(
                one.unwrap_err().to_string(),
                "the token endpoint refuses the service account: status 400, \"invalid_grant Invalid JWT: check your \
                 iat and exp values\"; this machine's clock is 600 s behind theirs; set it right"
            );
        }
        assert_eq!(said(&tokens, 1).await.unwrap(), "Bearer one");
    };
    endpoint.during(work).await;
}

#[tokio::test]
async fn whoever_stops_waiting_leaves_the_fetch_to_the_next() {
    let (endpoint, tokens, _) = Endpoint::with(&[token("one", 3600)]).await;
    let mut leaves = Box::pin(said(&tokens, 0));
    assert!((&mut leaves).now_or_never().is_none());
    drop(leaves);
    assert_eq!(endpoint.during(said(&tokens, 0)).await.unwrap(), "Bearer one");
}

#[tokio::test]
async fn a_token_that_an_upstream_refuses_is_replaced_unless_it_is_fresh() {
    let (endpoint, tokens, _) = Endpoint::with(&[token("one", 3600), token("two", 3600)]).await;
    let work = async {
        said(&tokens, 0).await.unwrap();
        tokens.refused(at(10));
        assert_eq!(said(&tokens, 11).await.unwrap(), "Bearer one");
        tokens.refused(at(61));
        assert_eq!(said(&tokens, 62).await.unwrap(), "Bearer two");
    };
    endpoint.during(work).await;
}

#[tokio::test]
async fn an_answer_without_a_token_is_none() {
    for body in ["", "[]", r#"{"access_token":"a\nb"}"#, r#"{"expires_in":1}"#] {
        let (endpoint, tokens, _) = Endpoint::with(&[answer("200 OK", "", body)]).await;
        let error = endpoint.during(said(&tokens, 0)).await.unwrap_err();
        assert_eq!(error, AuthorizeError::NoToken, "{body}");
    }
}
