//! A target in a process of its own: prints its URL, and serves until the end of its standard input.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod server;

fn main() {
    println!("http://{}", server::start());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}
