//! Requests and responses, and the client behind a session.
//!
//! The types of the crate [`http`](https://docs.rs/http/1) in signatures of this crate are re-exported, so that a load
//! test needs no dependency on it:
//!
//! ```
//! use molotov::http::{Method, StatusCode};
//! use molotov::prelude::*;
//!
//! async fn options(session: &mut Session) -> Result {
//!     let response = session.request(Method::OPTIONS, "/").expect_status(StatusCode::NO_CONTENT).send().await?;
//!     let body: &molotov::bytes::Bytes = response.bytes();
//!     assert!(body.is_empty());
//!     Ok(())
//! }
//! ```

#[doc(no_inline)]
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};

pub use molotov_core::{
    BodyStream, Client, ClientBuilder, ConnectionPolicy, Expect, Multipart, Part, Request, Resolve, Response,
    Target, Timeouts,
};
