//! A shop of ten routes, and its possible faults.

use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use tokio::sync::Semaphore;
use tokio::time::sleep;

const MS: Duration = Duration::from_millis(1);

/// The response time without a fault.
const USUAL: Duration = Duration::from_millis(5);

/// The fault of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No fault.
    None,
    /// Five connections to a database whose queries take 100 ms: 50 requests in a second at most.
    Pool,
    /// Every connection is closed after its response.
    NoKeepAlive,
    /// Each request adds a row to a table, and reads all of it.
    GrowingTable,
    /// Each request leaves a file open; with 800 of them the service ends.
    Leak,
    /// More than 30 concurrent requests make it slow for ever.
    NoRecovery,
    /// One route of ten takes 800 ms.
    SlowRoute,
    /// More than 20 concurrent requests are refused with status 503.
    ErrorsUnderLoad,
    /// One request of a hundred takes a second.
    OnePercentSlow,
    /// The whole process stands still for 2 s, each 5 s.
    Stalls,
}

impl Fault {
    pub(crate) const ALL: [Self; 10] = [
        Self::None,
        Self::Pool,
        Self::NoKeepAlive,
        Self::GrowingTable,
        Self::Leak,
        Self::NoRecovery,
        Self::SlowRoute,
        Self::ErrorsUnderLoad,
        Self::OnePercentSlow,
        Self::Stalls,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pool => "pool",
            Self::NoKeepAlive => "no-keep-alive",
            Self::GrowingTable => "growing-table",
            Self::Leak => "leak",
            Self::NoRecovery => "no-recovery",
            Self::SlowRoute => "slow-route",
            Self::ErrorsUnderLoad => "errors-under-load",
            Self::OnePercentSlow => "one-percent-slow",
            Self::Stalls => "stalls",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

struct Shop {
    fault: Fault,
    /// The number of requests so far.
    requests: AtomicU64,
    /// The number of requests in flight.
    open: AtomicU64,
    database: Semaphore,
    leaked: Mutex<Vec<File>>,
    overrun: AtomicBool,
}

/// The service. It responds with a small JSON value on every path.
pub(crate) fn routes(fault: Fault) -> Router {
    let shop = Arc::new(Shop {
        fault,
        requests: AtomicU64::new(0),
        open: AtomicU64::new(0),
        database: Semaphore::new(5),
        leaked: Mutex::default(),
        overrun: AtomicBool::new(false),
    });
    if fault == Fault::Stalls {
        tokio::spawn(stalls());
    }
    Router::new().fallback(answer).with_state(shop)
}

async fn answer(State(shop): State<Arc<Shop>>, request: Request) -> Response {
    let number = shop.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let open = Open::new(Arc::clone(&shop));
    if let Err(status) = shop.work(request.uri().path(), number, open.at_once).await {
        return (status, "too many requests at once").into_response();
    }
    let mut response = Json(serde_json::json!({ "request": number })).into_response();
    if shop.fault == Fault::NoKeepAlive {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

impl Shop {
    /// Waits for the response time.
    async fn work(&self, path: &str, number: u64, at_once: u64) -> Result<(), StatusCode> {
        let time = match self.fault {
            Fault::None | Fault::NoKeepAlive | Fault::Stalls => USUAL,
            Fault::Pool => {
                let _connection =
                    self.database.acquire().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
                sleep(100 * MS).await;
                return Ok(());
            }
            Fault::GrowingTable => USUAL + MS / 4 * u32::try_from(number).unwrap_or(u32::MAX),
            Fault::Leak => {
                self.leak();
                USUAL
            }
            Fault::NoRecovery => {
                self.overrun.fetch_or(at_once > 30, Ordering::Relaxed);
                if self.overrun.load(Ordering::Relaxed) { 300 * MS } else { 10 * MS }
            }
            Fault::SlowRoute if path == "/search" => 800 * MS,
            Fault::SlowRoute => USUAL,
            Fault::ErrorsUnderLoad if at_once > 20 => return Err(StatusCode::SERVICE_UNAVAILABLE),
            Fault::ErrorsUnderLoad => 50 * MS,
            Fault::OnePercentSlow if number.is_multiple_of(100) => 1000 * MS,
            Fault::OnePercentSlow => USUAL,
        };
        sleep(time).await;
        Ok(())
    }

    /// Opens a file, and forgets it. A service that cannot open another file ends.
    fn leak(&self) {
        let mut leaked = self.leaked.lock().unwrap_or_else(PoisonError::into_inner);
        match File::open("/dev/null") {
            Ok(file) if leaked.len() < 800 => leaked.push(file),
            _ => std::process::exit(1),
        }
    }
}

/// A request in flight; a request with a lost connection leaves the count too.
struct Open {
    shop: Arc<Shop>,
    /// The number of requests, including this one.
    at_once: u64,
}

impl Open {
    fn new(shop: Arc<Shop>) -> Self {
        let at_once = shop.open.fetch_add(1, Ordering::Relaxed) + 1;
        Self { shop, at_once }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shop.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Blocks the only thread, as a garbage collection or a lock does.
async fn stalls() {
    loop {
        sleep(3000 * MS).await;
        std::thread::sleep(2000 * MS);
    }
}
