//! nginx with a configuration of its own in a folder of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::Target;
use crate::places::Places;
use crate::sys::{Running, descriptor_limit, first_line, output};

/// How often a start is tried: somebody else may take a port between its choice and nginx.
const TRIES: u32 = 3;

pub(super) fn describe(program: &Path) -> String {
    let version = output(program, &["-v"]);
    let version = first_line(&version).trim_start_matches("nginx version:").trim();
    format!("{version}, one worker process for each of its cores, no access log")
}

pub(super) fn open(program: &Path, places: &Places, cores: &str) -> Result<Target> {
    let mut last = None;
    for _ in 0..TRIES {
        match try_open(program, places, cores) {
            Ok(target) => return Ok(target),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("nginx was not tried")?)
}

fn try_open(program: &Path, places: &Places, cores: &str) -> Result<Target> {
    let [address, status] = free_addresses()?;
    let folder = places.scratch.join(format!("nginx-{}", address.port()));
    fs::create_dir_all(&folder)?;
    let file = folder.join("nginx.conf");
    // A worker for each core.
    let workers = cores.split(',').count();
    fs::write(&file, configuration(address, status, &folder, workers))?;

    let mut command = Command::new(program);
    command.arg("-p").arg(&folder).arg("-c").arg(&file).arg("-e").arg(folder.join("error.log"));
    let mut process = Running::start(&command, cores, folder.join("nginx.out"))?;

    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end && process.ended().is_none() {
        if super::status::ask(status).is_ok() {
            let target = Target::new(process, address, status);
            target.asked.set(1);
            return Ok(target);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    anyhow::bail!("nginx did not start: {}", process.last_words())
}

/// Two addresses that nobody uses now; both are held until both are known.
fn free_addresses() -> Result<[SocketAddr; 2]> {
    let [one, two] = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
    Ok([one.local_addr()?, two.local_addr()?])
}

/// 4 kB are put together of four parts, because nginx takes no parameter as long as that.
fn configuration(address: SocketAddr, status: SocketAddr, folder: &Path, workers: usize) -> String {
    let folder = folder.display();
    let descriptors = descriptor_limit();
    // One stays where it was started.
    let affinity = if workers > 1 { "worker_cpu_affinity auto;" } else { "" };
    let (small, part) = ("a".repeat(100), "b".repeat(1024));
    format!(
        r#"daemon off;
worker_processes {workers};
{affinity}
worker_rlimit_nofile {descriptors};
pid {folder}/nginx.pid;
events {{ worker_connections {descriptors}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    default_type text/plain;
    server {{
        listen {address} backlog=32768 reuseport;
        location /items/ {{ return 200 "{small}"; }}
        location = /items {{ set $part "{part}"; return 200 "$part$part$part$part"; }}
        location = /login {{
            add_header Set-Cookie "session=0123456789abcdef0123456789abcdef; Path=/";
            return 200 "in";
        }}
    }}
    server {{
        listen {status};
        location = /status {{ stub_status; }}
    }}
}}
"#
    )
}
