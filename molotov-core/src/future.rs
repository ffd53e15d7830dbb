//! Boxed futures.

use std::future::Future;
use std::pin::Pin;

/// A boxed future that borrows from the arguments of the call.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
