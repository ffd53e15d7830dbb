//! HTTP/1.1: connections of one request at a time, and the two codecs that read and write them.

mod chunks;
mod codec;
mod connection;
mod framing;
mod head_cache;
mod hyper;
mod idle;
mod request_lines;
mod response;
mod trailers;
mod upload_body;

pub(super) use self::codec::H1;
pub(super) use self::connection::{Codec, Connection};
pub(super) use self::hyper::H1Hyper;
