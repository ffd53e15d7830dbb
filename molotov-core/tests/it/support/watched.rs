//! A session whose requests and responses are traced.

use std::sync::{Arc, Mutex};

use molotov_core::{Exchange, Recorder, Run, RunHandle, Session, Target, Trace, TraceSink, UserId};

use super::client;

/// Stores the traced exchanges.
#[derive(Default)]
struct Viewer(Mutex<Vec<Exchange>>);

impl TraceSink for Viewer {
    fn wants_exchange(&self) -> bool {
        true
    }

    fn emit(&self, trace: Trace) {
        if let Trace::Exchanged(exchange) = trace {
            self.0.lock().unwrap().push(*exchange);
        }
    }
}

/// A session whose requests and responses are traced.
pub struct Watched {
    pub session: Session,
    viewer: Arc<Viewer>,
}

impl Watched {
    pub fn at(url: &str) -> Self {
        let viewer = Arc::<Viewer>::default();
        let run_handle = RunHandle::new(Arc::new(Recorder::new(1, Vec::clear)), None, |_| {})
            .with_run(Arc::new(Run::new(7, 1)))
            .with_trace_sink(Arc::clone(&viewer) as _);
        let base = Some(Target::parse(url).unwrap());
        Self { session: Session::new(client().build().unwrap(), run_handle, UserId(0), base), viewer }
    }

    pub fn exchanges(&self) -> Vec<Exchange> {
        self.viewer.0.lock().unwrap().clone()
    }

    /// The first line of each traced request.
    pub fn lines(&self) -> Vec<String> {
        self.exchanges().into_iter().map(|exchange| exchange.request.first).collect()
    }
}
