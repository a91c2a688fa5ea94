//! Bytes as an attacker sends them, for the stories of this folder.

use jackfield_tests::gateway::Gateway;
use jackfield_tests::patience::patiently;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends these bytes on a connection of their own, and returns everything that comes back until it is closed.
pub(super) async fn exchange(gateway: &Gateway, bytes: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    patiently("the connection's end", stream.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
