//! The server is spoken to in its own protocol, so that no client needs to be installed.
//!
//! Source: PostgreSQL's documentation, "Frontend/Backend Protocol", "Message Formats".

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::{Owner, Postgres, Programs};
use crate::patience::patiently;

/// A connection as the user `postgres`.
struct Session(UnixStream);

// === impl Session ===

impl Session {
    async fn open(postgres: &Postgres) -> Self {
        let socket = postgres.folder.path().join(".s.PGSQL.5432");
        let mut session = Self(UnixStream::connect(socket).await.unwrap());
        // Version 3.0 of the protocol, then names and values.
        let startup = [&[0, 3, 0, 0][..], b"user\0postgres\0\0"].concat();
        session.send(&[], &startup).await;
        session.read().await;
        session
    }

    /// The first column of each row.
    async fn query(&mut self, text: &str) -> Vec<String> {
        self.send(b"Q", &[text.as_bytes(), b"\0"].concat()).await;
        let rows = self.read().await.into_iter();
        // A row: the number of its columns, the length of the first, the first.
        rows.map(|row| String::from_utf8(row[6..].to_vec()).unwrap()).collect()
    }

    async fn send(&mut self, kind: &[u8], body: &[u8]) {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        let message = [kind, &length, body].concat();
        self.0.write_all(&message).await.unwrap();
    }

    /// The rows that come until the server is ready for more.
    async fn read(&mut self) -> Vec<Vec<u8>> {
        let mut rows = Vec::new();
        loop {
            let kind = self.0.read_u8().await.unwrap();
            let length = self.0.read_u32().await.unwrap() as usize - 4;
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
            match kind {
                b'D' => rows.push(body),
                b'E' => panic!("{}", String::from_utf8_lossy(&body)),
                b'Z' => return rows,
                _ => {}
            }
        }
    }

    /// Waits for the connection to break.
    async fn broken(mut self) {
        let mut rest = Vec::new();
        let _ = patiently("the connection to break", self.0.read_to_end(&mut rest)).await;
    }
}

#[tokio::test]
async fn what_it_has_committed_survives_an_outage() {
    let mut postgres = Postgres::start().await;
    let url = postgres.url();
    let mut session = Session::open(&postgres).await;
    session.query("CREATE TABLE kept (word TEXT)").await;
    session.query("INSERT INTO kept VALUES ('☀'), ('b')").await;
    postgres.stop().await;
    session.broken().await;
    let socket = postgres.folder.path().join(".s.PGSQL.5432");
    assert!(UnixStream::connect(socket).await.is_err());
    postgres.start_again().await;
    assert_eq!(postgres.url(), url);
    let mut session = Session::open(&postgres).await;
    assert_eq!(session.query("SELECT word FROM kept").await, ["☀", "b"]);
}

#[tokio::test]
async fn two_at_once_know_nothing_of_each_other() {
    let (one, other) = tokio::join!(Postgres::start(), Postgres::start());
    let mut session = Session::open(&one).await;
    session.query("CREATE TABLE mine (word TEXT)").await;
    let mut session = Session::open(&other).await;
    let tables = session.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    assert_eq!(tables.await, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_left_once_it_is_dropped() {
    let postgres = Postgres::start().await;
    let folder = postgres.folder.path().to_owned();
    let session = Session::open(&postgres).await;
    drop(postgres);
    session.broken().await;
    assert!(!folder.exists());
}

#[test]
fn its_programs_come_from_the_path_or_else_from_debians_newest_version() {
    let folder = TempDir::new().unwrap();
    let install = |place: &str| {
        let place = folder.path().join(place);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("initdb"), "").unwrap();
        fs::write(place.join("postgres"), "").unwrap();
        place
    };
    let debian = folder.path().join("debian");
    let empty = folder.path().to_owned();
    assert_eq!(Programs::find(std::slice::from_ref(&empty), &debian), None);
    install("debian/9/bin");
    let newest = install("debian/17/bin");
    let found = Programs::find(std::slice::from_ref(&empty), &debian).unwrap();
    assert_eq!(found.initdb, newest.join("initdb"));
    let own = install("own");
    let found = Programs::find(&[empty, own.clone()], &debian).unwrap();
    assert_eq!(found.postgres, own.join("postgres"));
    assert_eq!(Programs::find(&[], Path::new("/none")), None);
}

#[test]
fn a_user_is_found_by_the_whole_name() {
    let users = "root:x:0:0:root:/root:/bin/sh\nposts:x:7:8::/:\npostgres:x:101:104:::\n";
    let owner = Owner { uid: 101, gid: 104 };
    assert_eq!(Owner::named("postgres", users), Some(owner));
    assert_eq!(Owner::named("post", users), None);
}
