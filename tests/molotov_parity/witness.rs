//! A server that stores every request, and responds by its path.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The response time of `/slow`.
pub(crate) const SLOW: Duration = Duration::from_millis(1_500);

/// `hello`, compressed with gzip.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0,
    0,
];

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
    /// Without the version.
    pub(crate) line: String,
    /// Each line as received.
    headers: Vec<String>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The server. Its threads end with the process.
pub(crate) struct Witness {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Witness {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let witness = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = Arc::clone(&witness.seen);
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (stream, seen) = (stream.unwrap(), Arc::clone(&seen));
                // A client that hangs up needs no response.
                thread::spawn(move || drop(serve(&stream, connection, &seen)));
            }
        });
        witness
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests, in the order of reading.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The lines of all requests.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|request| request.line).collect()
    }

    /// The number of requests with this line.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.seen().iter().filter(|request| request.line == line).count()
    }
}

fn serve(stream: &TcpStream, connection: usize, seen: &Mutex<Vec<Seen>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let line = lines.remove(0).replace(" HTTP/1.1", "");
        let request = Seen { at: Instant::now(), connection, line, headers: lines };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        io::copy(&mut (&mut reader).take(length), &mut io::sink())?;
        seen.lock().unwrap().push(request.clone());
        answer(&mut writer, &request)?;
    }
}

fn answer(out: &mut impl Write, request: &Seen) -> io::Result<()> {
    let path = request.line.split(' ').nth(1).unwrap();
    let mut whole = |status: &str, headers: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
        out.write_all(&[head.as_bytes(), body].concat())
    };
    if let Some(status) = path.strip_prefix("/moved/") {
        return whole(&format!("{status} Moved"), "location: /arrived\r\n", b"");
    }
    match path {
        "/slow" => thread::sleep(SLOW),
        "/compressed" => return whole("200 OK", "content-encoding: gzip\r\n", GZIP),
        "/cookie" if request.header("cookie").is_none() => {
            return whole("200 OK", &format!("set-cookie: visitor={}\r\n", request.connection), b"hello");
        }
        _ => {}
    }
    whole("200 OK", "", b"hello")
}
