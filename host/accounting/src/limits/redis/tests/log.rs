//! What the log says about the connection.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt;

use super::*;

/// The lines logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

// === impl Lines ===

impl Lines {
    fn collect(&self) -> DefaultGuard {
        let lines = self.clone();
        let subscriber = fmt().with_ansi(false).with_writer(move || lines.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    fn with(&self, words: &str) -> usize {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        text.lines().filter(|line| line.contains(words)).count()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_change_is_logged_once_and_the_password_never() {
    let mut server = Server::with(&["--requirepass", "hunter2"]);
    let lines = Lines::default();
    let _collecting = lines.collect();
    let (url, runtime) = (format!("{}?pass=hunter2", server.url()), Handle::current());
    let limits = Limits::in_redis(&url, OnUnavailable::Deny, &runtime).await.unwrap();
    assert!(limits.take("ada", &day(9), ONE, now()).await.is_ok());
    assert!(!format!("{limits:?}").contains("hunter2"));
    server.stop();
    for _ in 0..10 {
        assert!(limits.take("ada", &day(9), ONE, now()).await.is_err());
    }
    server.hang_up(3).await;
    assert_eq!(lines.with("does not answer"), 1);
    server.start_again();
    answers_again(&limits).await;
    assert_eq!(lines.with("Redis answers"), 2);
    assert_eq!(lines.with("does not answer"), 1);
}

#[tokio::test]
async fn a_wrong_password_is_logged_as_such_and_not_shown() {
    let server = Server::with(&["--requirepass", "another"]);
    let lines = Lines::default();
    let _collecting = lines.collect();
    let (url, runtime) = (format!("{}?pass=hunter2", server.url()), Handle::current());
    let limits = Limits::in_redis(&url, OnUnavailable::Deny, &runtime).await.unwrap();
    let refused = limits.take("ada", &day(9), ONE, now()).await.unwrap_err();
    assert_eq!(refused, Refused::Unavailable(CountersUnavailable));
    assert_eq!(lines.with("Password authentication failed"), 1);
}

#[tokio::test]
async fn a_server_that_cannot_write_counts_as_unavailable() {
    let server = Server::with(&["--maxmemory", "1"]);
    let lines = Lines::default();
    let _collecting = lines.collect();
    let limits = open(&server, OnUnavailable::Deny).await;
    for _ in 0..10 {
        assert!(limits.take("ada", &day(9), ONE, now()).await.is_err());
    }
    assert_eq!(lines.with("does not answer"), 1);
}
