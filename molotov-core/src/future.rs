//! Boxed futures.

use std::future::Future;
use std::pin::Pin;

/// A boxed future that borrows what the call was given.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
