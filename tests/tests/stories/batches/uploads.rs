//! Uploads go to the folder as they come: they take little memory, count from their first byte on, and leave nothing if they
//! break off.

use std::fs;
use std::path::Path;

use compression_codecs::GzipEncoder;
use compression_codecs::core::Level;
use jackfield_tests::client::Client;
use jackfield_tests::gateway::{Gateway, Process};
use jackfield_tests::patience::patiently;
use jackfield_tests::upstream::Upstream;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::yield_now;

use super::{ADA, BOB, KEYS, config, line, start, upload, upload_text};
use crate::compressed::encoded;
use crate::scene::eventually;

const MIB: usize = 1 << 20;

/// What is written at a time.
const WRITTEN: usize = MIB / 4;

/// What stands before the file in a form.
const BEFORE: &str = "--xyz\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
    --xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a%22b.jsonl\"\r\n\r\n";

/// What stands behind it.
const AFTER: &str = "\r\n--xyz--\r\n";

/// The head of an upload of ADA's with these further headers.
fn head(further: &str) -> String {
    format!(
        "POST /v1/files HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {ADA}\r\nconnection: close\r\n\
         content-type: multipart/form-data; boundary=xyz\r\n{further}\r\n\r\n"
    )
}

/// Sends these bytes on a connection of their own.
async fn send(gateway: &Gateway, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// Everything that comes back until the gateway has closed the connection, in whatever way.
async fn answer(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    let _ = patiently("the connection's end", stream.read_to_end(&mut read)).await;
    String::from_utf8_lossy(&read).into_owned()
}

/// One chunk of a body in chunks.
fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// The sizes of all files in the folder of uploads, but for the records.
fn sizes(folder: &Path) -> Vec<u64> {
    let files = fs::read_dir(folder.join("batches/files")).unwrap();
    let files = files.map(|file| file.unwrap());
    let content = files.filter(|file| file.path().extension().is_some_and(|extension| extension != "json"));
    // One may be removed meanwhile.
    let mut sizes: Vec<u64> = content
        .filter_map(|file| file.metadata().ok())
        .map(|file| file.len())
        .collect();
    sizes.sort_unstable();
    sizes
}

async fn sizes_are(gateway: &Gateway, expected: &[usize]) {
    let expected: Vec<u64> = expected.iter().map(|size| *size as u64).collect();
    // The gateway accepts on this thread.
    let sizes = async || {
        yield_now().await;
        sizes(gateway.folder())
    };
    eventually("files of these sizes", sizes, |sizes| *sizes == expected).await;
}

/// An upload of ADA's of which a bit more than this is sent, and nothing else until it is dropped.
async fn halting(gateway: &Gateway, bytes: usize) -> TcpStream {
    let begun = [&*head("content-length: 10000000"), BEFORE, &"x".repeat(bytes + 1000)].concat();
    send(gateway, begun.as_bytes()).await
}

async fn listed(client: &Client) -> usize {
    client.get("/v1/files").await.json()["data"]
        .as_array()
        .map_or(0, Vec::len)
}

#[tokio::test]
async fn a_large_upload_and_its_download_take_little_memory() {
    const SIZE: usize = 64 * MIB;
    let upstream = Upstream::start().await;
    let gateway = Process::start(&config(&upstream, "", KEYS)).await;
    let ada = gateway.client().with_key(ADA);
    // The first one pays for what is used again.
    let small = upload_text(&ada, &"x".repeat(MIB)).await.json()["id"].to_string();
    assert!(small.contains("file-"), "{small}");
    let text = "x".repeat(1023) + "\n";
    let text = text.repeat(SIZE / text.len());
    gateway.forget_peak();
    let before = gateway.resident_bytes();
    let file = upload_text(&ada, &text).await;
    assert_eq!(file.status, 200, "{}", file.text());
    let file = file.json();
    assert_eq!(file["bytes"], SIZE);
    let content = ada
        .get(&format!("/v1/files/{}/content", file["id"].as_str().unwrap()))
        .await;
    assert!(content.text() == text, "the content is not what was uploaded");
    let grown = gateway.peak_bytes().saturating_sub(before);
    assert!(grown < SIZE as u64 / 2, "memory has grown by {grown} bytes");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_and_takes_no_room() {
    let (gateway, _) = start("max_bytes_per_user: 1048576").await;
    let ada = gateway.client().with_key(ADA);
    let cut = halting(&gateway, 2 * WRITTEN).await;
    sizes_are(&gateway, &[2 * WRITTEN]).await;
    // What is on its way counts, for its user, and is no file yet.
    let text = "x".repeat(3 * WRITTEN);
    let full = upload_text(&ada, &text).await;
    assert_eq!((full.status, full.error_code()), (429, Some("STORAGE_LIMIT_EXCEEDED")));
    assert_eq!(upload_text(&gateway.client().with_key(BOB), "x").await.status, 200);
    assert_eq!(listed(&ada).await, 0);
    drop(cut);
    sizes_are(&gateway, &[1]).await;
    assert_eq!(upload_text(&ada, &text).await.status, 200);
    assert_eq!(listed(&ada).await, 1);
}

#[tokio::test]
async fn a_form_that_is_none_or_too_large_is_refused_and_leaves_nothing() {
    let (gateway, _) = start("max_file_bytes: 1048576").await;
    let chunked = head("transfer-encoding: chunked");
    let file = "x".repeat(MIB + 1);
    let unnamed = "--xyz\r\ncontent-disposition: form-data\r\n\r\nx\r\n--xyz--\r\n";
    let twice = [BEFORE, "x\r\n", &BEFORE[BEFORE.rfind("--xyz").unwrap()..], "x", AFTER].concat();
    for (form, status, says) in [
        // The end of the body comes before that of the form.
        ([BEFORE, &file[..MIB]].concat(), 400, "ends before its last boundary"),
        ([BEFORE, &file, AFTER].concat(), 413, "larger than 1048576 bytes"),
        // Headers that never end, a field without end, and what stands before all parts.
        ([&BEFORE[..BEFORE.len() - 2], &file].concat(), 413, "beside its file"),
        (
            [&BEFORE[..BEFORE.find("batch").unwrap()], &file].concat(),
            413,
            "beside its file",
        ),
        (file.clone(), 413, "beside its file"),
        (unnamed.to_owned(), 400, "a part has no name"),
        (twice, 400, "file: comes twice"),
        (BEFORE.replace("batch", "assistants") + "x" + AFTER, 400, "purpose: "),
        (
            BEFORE.replace("; filename=\"a%22b.jsonl\"", "") + "x" + AFTER,
            400,
            "file: is missing",
        ),
    ] {
        let body: Vec<u8> = form.as_bytes().chunks(MIB / 16).flat_map(chunk).collect();
        let sent = [chunked.as_bytes(), &body, b"0\r\n\r\n"].concat();
        // A request that is refused midway is read no further.
        let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
        let _ = stream.write_all(&sent).await;
        let answer = answer(stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{says}: {answer}");
        assert!(answer.contains(says), "{says}: {answer}");
        sizes_are(&gateway, &[]).await;
    }
    let declared = head("content-length: 2000000");
    let refused = answer(send(&gateway, declared.as_bytes()).await).await;
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    assert_eq!(listed(&gateway.client().with_key(ADA)).await, 0);
}

#[tokio::test]
async fn uploads_take_a_bounded_share_of_the_budget_of_bodies() {
    let upstream = Upstream::start().await;
    let server = "server: { max_body_bytes: 1048576, max_body_bytes_in_flight: 1048576, ";
    let config = config(&upstream, "", KEYS).replace("server: {", server);
    let gateway = Gateway::start(&config).await;
    let ada = gateway.client().with_key(ADA);
    let text = "x".repeat(4 * MIB);
    // Alone, one may be larger than the budget: it is not in memory.
    assert_eq!(upload_text(&ada, &text).await.status, 200);
    let first = halting(&gateway, 2 * WRITTEN).await;
    let second = halting(&gateway, 2 * WRITTEN).await;
    sizes_are(&gateway, &[2 * WRITTEN, 2 * WRITTEN, 4 * MIB]).await;
    let third = upload_text(&ada, &text).await;
    assert_eq!((third.status, third.error_code()), (503, Some("OVERLOADED")));
    drop((first, second));
    let again = async || upload_text(&ada, &text).await.status;
    eventually("room in the budget", again, |status| *status == 200).await;
}

#[tokio::test]
async fn an_upload_may_be_compressed_and_come_byte_by_byte() {
    let (gateway, _) = start("").await;
    let ada = gateway.client().with_key(ADA);
    let lines: Vec<Value> = (0..40).map(|number| line(&format!("{number}"), "m")).collect();
    let plain = upload(&ada, &lines).await.json();
    let content = async |file: &Value| {
        let path = format!("/v1/files/{}/content", file["id"].as_str().unwrap());
        ada.get(&path).await.text().to_owned()
    };
    let text = content(&plain).await;
    let form = [BEFORE, &text, AFTER].concat();
    let zipped = encoded(GzipEncoder::new(Level::Default.into()), form.as_bytes());
    for (coding, body) in [("identity", form.as_bytes()), ("gzip", &zipped)] {
        let head = head(&format!("transfer-encoding: chunked\r\ncontent-encoding: {coding}"));
        let body: Vec<u8> = body.chunks(1).flat_map(chunk).collect();
        let stream = send(&gateway, &[head.as_bytes(), &body, b"0\r\n\r\n"].concat()).await;
        let answer = answer(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{coding}: {answer}");
        let file: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(file["filename"], "a\"b.jsonl", "{file}");
        assert_eq!(content(&file).await, text, "{coding}");
    }
    let broken = [&zipped[..zipped.len() / 2], b"broken"].concat();
    let head = head(&format!("content-length: {}\r\ncontent-encoding: gzip", broken.len()));
    let answer = answer(send(&gateway, &[head.as_bytes(), &broken].concat()).await).await;
    assert!(answer.starts_with("HTTP/1.1 415 "), "{answer}");
}
