//! The counts of requests.

use std::cell::Cell;

use crate::request::Kind;

#[derive(Default)]
pub(crate) struct Counts {
    open: Cell<u64>,
    accepted: Cell<u64>,
    get: Cell<u64>,
    post: Cell<u64>,
    wrong: Cell<u64>,
    other: Cell<u64>,
}

impl Counts {
    pub(crate) fn opened(&self) {
        self.open.update(|n| n + 1);
        self.accepted.update(|n| n + 1);
    }

    pub(crate) fn closed(&self) {
        self.open.update(|n| n - 1);
    }

    pub(crate) fn asked(&self, kind: Kind) {
        let count = match kind {
            Kind::Get => &self.get,
            Kind::Post => &self.post,
            Kind::Wrong => &self.wrong,
            Kind::LogIn | Kind::Status => &self.other,
        };
        count.update(|n| n + 1);
    }

    /// The format of nginx's `stub_status`, with one more line.
    pub(crate) fn text(&self) -> String {
        let [get, post, wrong] = [&self.get, &self.post, &self.wrong].map(Cell::get);
        let requests = get + post + wrong + self.other.get();
        format!(
            "Active connections: {} \nserver accepts handled requests\n {accepted} {accepted} {requests} \n\
             get {get} post {post} wrong {wrong}\n",
            self.open.get(),
            accepted = self.accepted.get()
        )
    }
}
