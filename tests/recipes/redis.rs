//! `docs/recipes/own-client.md`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

use crate::recipes::page::Page;
use crate::recipes::service::Service;

/// The commands of each connection.
type Commands = Arc<Mutex<Vec<Vec<String>>>>;

/// Answers the two commands of the recipe.
async fn answer(tcp: TcpStream, commands: Commands, number: usize) -> std::io::Result<()> {
    let mut stream = BufStream::new(tcp);
    let (mut line, mut values) = (String::new(), HashMap::<String, i64>::new());
    while stream.read_line(&mut line).await? > 0 {
        let answer = match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["SET", key, value] => {
                values.insert(key.to_owned(), value.parse().unwrap());
                "+OK".to_owned()
            }
            ["INCR", key] => {
                let value = values.entry(key.to_owned()).or_default();
                *value += 1;
                format!(":{value}")
            }
            _ => "-ERR unknown command".to_owned(),
        };
        commands.lock().unwrap()[number].push(line.trim_end().to_owned());
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        stream.flush().await?;
        line.clear();
    }
    Ok(())
}

/// The commands of a user in three iterations.
fn three_visits(user: u32) -> Vec<String> {
    let visit = [format!("SET visits:{user} 0"), format!("INCR visits:{user}")];
    visit.iter().cycle().take(6).cloned().collect()
}

#[test]
fn each_user_has_a_connection_of_its_own_and_its_calls_are_timed() {
    let commands = Commands::default();
    let (service, listener) = Service::bind();
    let seen = Arc::clone(&commands);
    service.runtime().spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let number = seen.lock().unwrap().len();
            seen.lock().unwrap().push(Vec::new());
            tokio::spawn(answer(tcp, Arc::clone(&seen), number));
        }
    });

    let page = Page::read("own-client").variable("REDIS_ADDRESS", format!("127.0.0.1:{}", service.port()));
    let ended = page.option("--users", "2").option("--max-runs", "3").run();

    ended.assert_code(0);
    let mut commands = commands.lock().unwrap().clone();
    commands.sort();
    assert_eq!(*commands, [three_visits(0), three_visits(1)]);
    for timer in ["connect", "SET", "INCR"] {
        assert!(ended.stdout.contains(timer), "{}", ended.stdout);
    }
}
