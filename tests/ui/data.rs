use molotov::{Feed, Session, data};

#[data]
async fn awaited() -> Feed<u8> {
    Feed::rows([1])
}

#[data]
fn takes_a_session(session: &mut Session) -> Feed<u8> {
    Feed::rows([session.user_id().0 as u8])
}

#[data]
fn no_feed() -> Vec<u8> {
    vec![1]
}

#[data]
fn nothing() {}

#[data]
fn not_shared() -> Feed<std::cell::Cell<u8>> {
    Feed::rows([std::cell::Cell::new(1)])
}

#[data(timeout = "5s")]
fn no_such_option() -> Feed<u8> {
    Feed::rows([1])
}

fn main() {}
