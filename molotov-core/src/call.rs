//! The stored functions of scenarios and fixtures.

use std::sync::Arc;

use crate::arg::Context;
use crate::error::Result;
use crate::future::BoxFuture;

/// A function that receives its context and makes a `T`.
pub(crate) type Call<T> = Arc<dyn for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result<T>> + Send + Sync>;
