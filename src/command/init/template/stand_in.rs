//! A stand-in for a service, so that the load test has something to load from the first day on. It answers requests
//! without looking much at them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Starts it on a free port of this machine.
pub fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || serve(connection));
        }
    });
    Ok(address)
}

/// Answers one request after the other, until the client goes away.
fn serve(connection: TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(&connection);
    while let Some(request) = read(&mut reader)? {
        let (status, body) = match request.as_str() {
            "GET /" => ("200 OK", "hello\n"),
            "POST /orders" => ("201 Created", "thank you\n"),
            _ => ("404 Not Found", "no such page\n"),
        };
        let length = body.len();
        let response = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        (&connection).write_all(response.as_bytes())?;
    }
    Ok(())
}

/// Reads a request to its end, and tells its method and path.
fn read(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    io::copy(&mut reader.take(length), &mut io::sink())?;
    Ok(first.rsplit_once(' ').map(|(request, _)| request.to_owned()))
}
