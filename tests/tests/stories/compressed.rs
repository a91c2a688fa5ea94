//! Requests whose bodies are compressed.

use compression_codecs::brotli::params::EncoderParams;
use compression_codecs::core::Level;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliEncoder, EncodeV2, GzipEncoder, ZlibEncoder};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jackfield_tests::upstream::Reply;

use crate::scene::{Scene, ask, says};

/// The status and headers of the answer to a body that is encoded in this way.
async fn post(scene: &Scene, coding: &str, body: Vec<u8>) -> http::Response<()> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::post(format!("{}/v1/chat/completions", scene.gateway.url()))
        .header("content-type", "application/json")
        .header("content-encoding", coding)
        .body(Full::new(bytes::Bytes::from(body)));
    let answer = client.request(request.unwrap()).await.unwrap();
    answer.map(|_| ())
}

/// This text in a content coding.
pub(crate) fn encoded(mut encoder: impl EncodeV2, text: &[u8]) -> Vec<u8> {
    let mut room = vec![0; text.len() + 1024];
    let mut output = WriteBuffer::new_initialized(&mut room);
    let mut input = PartialBuffer::new(text);
    while !input.unwritten().is_empty() {
        encoder.encode(&mut input, &mut output).unwrap();
    }
    while !encoder.finish(&mut output).unwrap() {}
    let written = output.written_len();
    room.truncate(written);
    room
}

/// A frame of zstd with a window of 1 MiB that holds this text as it is (RFC 8878, section 3.1.1).
fn zstd(text: &[u8]) -> Vec<u8> {
    let block = u32::try_from(text.len()).unwrap() << 3 | 1;
    let head = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    [&head[..], &block.to_le_bytes()[..3], text].concat()
}

fn reply() -> Reply {
    says("read")
}

#[tokio::test]
async fn every_coding_is_read_and_the_upstream_gets_plain_text() {
    let scene = Scene::start().await;
    let question = ask("solo").to_string().into_bytes();
    let text = question.as_slice();
    for (coding, body) in [
        ("gzip", encoded(GzipEncoder::new(Level::Default.into()), text)),
        ("deflate", encoded(ZlibEncoder::new(Level::Default.into()), text)),
        ("br", encoded(BrotliEncoder::new(EncoderParams::default()), text)),
        ("zstd", zstd(text)),
        ("identity", question.clone()),
    ] {
        scene.first.reply(reply());
        assert_eq!(post(&scene, coding, body).await.status(), 200, "{coding}");
        let sent = scene.first.next_request().await;
        assert_eq!(sent.header("content-encoding"), None);
        let sent: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(sent["messages"], ask("solo")["messages"], "{coding}");
    }
}

#[tokio::test]
async fn an_unknown_coding_is_a_415_that_names_the_known_ones() {
    let scene = Scene::start().await;
    let answer = post(&scene, "compress", vec![1]).await;
    assert_eq!(answer.status(), 415);
    assert_eq!(answer.headers()["accept-encoding"], "gzip, deflate, br, zstd");
    assert_eq!(answer.headers()["x-error-code"], "UNSUPPORTED_CONTENT_ENCODING");
}

#[tokio::test]
async fn a_bomb_is_a_413_and_garbage_a_415() {
    let scene = Scene::with_server("max_body_bytes: 100000").await;
    let zeros = vec![b' '; 10 << 20];
    let bomb = encoded(GzipEncoder::new(Level::Default.into()), &zeros);
    assert!(bomb.len() < 100_000);
    assert_eq!(post(&scene, "gzip", bomb).await.status(), 413);
    assert_eq!(post(&scene, "zstd", b"no zstd".to_vec()).await.status(), 415);
    assert_eq!(scene.first.requests().len(), 0);
}
