//! Tests of the codec.

use std::future::poll_fn;

use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Otherwise the server would wait for the request, and the client for the response.
#[tokio::test]
async fn write_fault_of_this_machine_is_reported_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut plain = H1::new(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap().into());
    let no_buffers =
        Broken::from_io(&io::Error::from_raw_os_error(if cfg!(target_os = "linux") { 105 } else { 55 }));
    plain.unwritable = Some(no_buffers.clone());

    let told = poll_fn(|cx| Poll::Ready(plain.poll_head(cx))).await;

    let Poll::Ready(Err(broken)) = told else { panic!("it waits") };
    assert_eq!(broken, no_buffers);
    assert!(!plain.is_reusable());
}
