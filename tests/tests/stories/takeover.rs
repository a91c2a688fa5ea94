//! A new program takes over from the old one: no request fails, and streams finish where they began.

use std::fs;
use std::net::TcpListener;

use jackfield_tests::client::Client;
use jackfield_tests::gateway::{FREE, Launch, Process};
use jackfield_tests::upstream::{Gate, Upstream};
use tokio_util::sync::CancellationToken;

use crate::scene::{ask, assert_complete, eventually, says, streams};

/// The streams that are open while the program is swapped.
const OPEN: usize = 200;

/// The requests that each client makes after the swap, at least.
const MORE: usize = 50;

fn config(upstream: &Upstream, server: &str) -> String {
    let url = upstream.base_url();
    format!(
        "server: {{ auth: off, max_connections: 2000, {server} }}\nproviders:\n  p: {{ adapter: openai, base_url: \"{url}\" }}\n\
         models:\n  m: {{ {FREE}, chain: [{{ provider: p, model: m }}] }}\n"
    )
}

/// Asks until told to stop, and then a few times more. Every answer must be right. Returns how many there were.
async fn load(url: &str, keeps_connection: bool, stop: &CancellationToken) -> usize {
    let (mut asked, mut more) = (0, 0);
    let kept = Client::new(url);
    while more < MORE {
        let client = if keeps_connection {
            kept.clone()
        } else {
            Client::new(url)
        };
        let answer = client.chat(ask("m")).await;
        assert_eq!((answer.status, answer.content().as_str()), (200, "served"));
        asked += 1;
        more += usize::from(stop.is_cancelled());
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_program_takes_over_under_load_and_no_request_fails() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    let held = gate.clone();
    upstream.answer(move |request| {
        if request.json()["stream"] == true {
            streams(&["held ", "open"]).pause_before(2, &held)
        } else {
            says("served")
        }
    });
    // The service manager's: both programs have it.
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let launch = Launch {
        socket: Some(&socket),
        ..Launch::default()
    };
    let mut old = Process::start_as(&config(&upstream, ""), launch).await;
    let url = old.url().to_owned();
    let mut open = Vec::with_capacity(OPEN);
    for _ in 0..OPEN {
        let mut stream = old.client().stream(ask("m")).await;
        assert_eq!(stream.next_content().await, "held ");
        open.push(stream);
    }

    let swapped = CancellationToken::new();
    let swap = async {
        let new = old.successor(launch).await;
        assert_eq!(new.url(), url);
        old.terminate();
        swapped.cancel();
        new
    };
    let work = async |keeps| load(&url, keeps, &swapped).await;
    let (new, ..) = tokio::join!(swap, work(true), work(false), work(true), work(false));

    gate.open_forever();
    for stream in open {
        assert_complete(&stream.collect().await, "open");
    }
    assert!(old.ended().await.success());
    assert_eq!(load(new.url(), false, &swapped).await, MORE);
}

/// How many sockets listen at an address (`proc_pid_net`).
fn listeners(address: &str) -> usize {
    let port = address.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let end = format!(":{port:04X}");
    let sockets = fs::read_to_string("/proc/self/net/tcp").unwrap();
    let listens = |line: &&str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[1].ends_with(&end) && fields[3] == "0A"
    };
    sockets.lines().skip(1).filter(listens).count()
}

#[tokio::test]
async fn two_programs_may_share_a_port() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    upstream.reply(streams(&["held ", "open"]).pause_before(2, &gate));
    upstream.always(says("served"));
    let mut old = Process::start_as(&config(&upstream, "reuse_port: true"), Launch::default()).await;
    let mut stream = old.client().stream(ask("m")).await;
    assert_eq!(stream.next_content().await, "held ");
    let address = old.url().strip_prefix("http://").unwrap().to_owned();
    let new = old
        .successor(Launch {
            listen: &address,
            ..Launch::default()
        })
        .await;
    old.terminate();
    let stop = CancellationToken::new();
    stop.cancel();
    eventually(
        "the old one to leave the port",
        async || listeners(&address),
        |it| *it == 1,
    )
    .await;
    gate.open_forever();
    assert_complete(&stream.collect().await, "open");
    assert!(old.ended().await.success());
    assert_eq!(load(new.url(), true, &stop).await, MORE);
}
