//! A service on a thread of its own.

use axum::Router;
use axum::http::HeaderMap;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A service that runs until it is dropped.
pub(crate) struct Service {
    port: u16,
    runtime: Runtime,
}

impl Service {
    pub(crate) fn start(app: Router) -> Self {
        let (service, listener) = Self::bind();
        service.runtime.spawn(async { axum::serve(listener, app).await });
        service
    }

    /// A port, and the runtime of a service that is to listen there.
    pub(crate) fn bind() -> (Self, TcpListener) {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        (Self { port: listener.local_addr().unwrap().port(), runtime }, listener)
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The value of a header, empty where there is none.
pub(crate) fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
}

/// The value of a field in a form.
pub(crate) fn field(form: &str, name: &str) -> String {
    let mut fields = form.split('&').filter_map(|field| field.split_once('='));
    fields.find(|(key, _)| *key == name).map_or(String::new(), |(_, value)| value.to_owned())
}
