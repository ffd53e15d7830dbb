//! A server that stores the octets of each request.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server on an ephemeral port of a loopback address that responds to each request with the result of a function.
pub struct RawServer {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RawServer {
    /// A server whose responses are all good and empty.
    pub async fn with_empty_responses() -> Self {
        Self::answering(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await
    }

    pub async fn answering<F>(answer: F) -> Self
    where
        F: Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    {
        Self::at("127.0.0.1:0", answer).await.unwrap()
    }

    /// The same as [`RawServer::answering`], at this address, if the system has it.
    pub async fn at<F>(address: &str, answer: F) -> std::io::Result<Self>
    where
        F: Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let seen = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let (ours, answer) = (Arc::clone(&seen), Arc::new(answer));
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&ours), Arc::clone(&answer));
                tokio::spawn(async move { serve(tcp, &seen, &*answer).await });
            }
        });
        Ok(Self { address, seen, task })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that were read completely, in order.
    pub fn seen(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().clone()
    }

    /// The first line of each request.
    pub fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|request| first_line(request)).collect()
    }

    /// The values of a header in the last request.
    pub fn last(&self, name: &str) -> Vec<Vec<u8>> {
        let request = self.seen().pop().unwrap();
        let start = format!("{name}: ");
        let values =
            request.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(start.as_bytes()));
        values.map(|value| value.trim_ascii_end().to_vec()).collect()
    }
}

/// Method and path of a request.
pub fn first_line(request: &[u8]) -> String {
    let line = request.split(|byte| *byte == b'\r').next().unwrap();
    String::from_utf8(line.strip_suffix(b" HTTP/1.1").unwrap().to_vec()).unwrap()
}

async fn serve(mut tcp: TcpStream, seen: &Mutex<Vec<Vec<u8>>>, answer: &(impl Fn(&[u8]) -> Vec<u8> + Sync)) {
    let mut unread = Vec::new();
    loop {
        let length = loop {
            if let Some(length) = whole(&unread) {
                break length;
            }
            let mut buffer = vec![0; 64 * 1024];
            match tcp.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(n) => unread.extend_from_slice(&buffer[..n]),
            }
        };
        let request: Vec<u8> = unread.drain(..length).collect();
        let bytes = answer(&request);
        seen.lock().unwrap().push(request);
        if tcp.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// The length of the request at the start of these octets, if it is complete.
fn whole(octets: &[u8]) -> Option<usize> {
    let head = octets.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&octets[..head]);
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole = head + length.map_or(0, |length| length.trim().parse::<usize>().unwrap());
    (octets.len() >= whole).then_some(whole)
}
