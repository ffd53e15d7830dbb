//! Forms with files: `multipart/form-data` (RFC 7578).

use std::fmt::Display;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use crate::error::{Error, Result};
use crate::http::{RequestBody, Segment, Upload};
use crate::rng::Rng;
use crate::run::{Iteration, UserId};

/// The limit for copying a part between its surrounding lines.
const COPIED: usize = 4 * 1024;

/// A form with files, `multipart/form-data`; [`Request::multipart`](crate::Request::multipart) sends it.
///
/// Files are read while they are sent, some ten kilobytes at a time, so their size does not matter. Each request reads
/// them anew.
///
/// ```no_run
/// # use molotov::{Multipart, Part, Result, Session};
/// # async fn upload(session: &Session) -> Result {
/// let form = Multipart::new()
///     .text("title", "Beach")
///     .file("photo", "data/beach.jpg")
///     .part("thumbnail", Part::bytes(vec![0xff, 0xd8]).file_name("small.jpg").content_type("image/jpeg"));
/// session.post("/photos").multipart(form).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a form does nothing until a request sends it"]
pub struct Multipart {
    parts: Vec<(String, Part)>,
}

impl Multipart {
    /// A form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field of text.
    pub fn text(self, name: impl Into<String>, value: impl Display) -> Self {
        self.part(name, Part::text(value))
    }

    /// Adds a file, under the last component of its path and as `application/octet-stream`; see [`Part::file`] for
    /// other names and types.
    pub fn file(self, name: impl Into<String>, path: impl AsRef<Path>) -> Self {
        self.part(name, Part::file(path))
    }

    /// Adds a part. Several parts may have the same name.
    pub fn part(mut self, name: impl Into<String>, part: Part) -> Self {
        self.parts.push((name.into(), part));
        self
    }

    /// The body, and its type.
    pub(super) fn encoded(self, boundary: &str) -> Result<(RequestBody, String)> {
        let mut segments = Vec::new();
        let mut bytes = Vec::new();
        for (name, part) in self.parts {
            bytes.append(&mut part.head(boundary, &name)?);
            match part.content {
                Content::Bytes(content) if content.len() <= COPIED => bytes.extend_from_slice(&content),
                Content::Bytes(content) => {
                    segments.extend([Segment::Bytes(mem::take(&mut bytes).into()), Segment::Bytes(content)]);
                }
                Content::File(path) => {
                    segments.extend([Segment::Bytes(mem::take(&mut bytes).into()), Segment::file(&path)]);
                }
            }
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let last = Bytes::from(bytes);
        let payload = if segments.is_empty() {
            RequestBody::Bytes(last)
        } else {
            segments.push(Segment::Bytes(last));
            RequestBody::Upload(Arc::new(Upload::new(segments)))
        };
        Ok((payload, format!("multipart/form-data; boundary={boundary}")))
    }
}

/// One part of a [`Multipart`] form.
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// let photo = Part::file("data/beach.jpg").file_name("Beach 1.jpg").content_type("image/jpeg");
/// session.post("/photos").multipart(Multipart::new().part("photo", photo)).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a part does nothing until a form has it"]
pub struct Part {
    content: Content,
    file_name: Option<Vec<u8>>,
    content_type: Option<String>,
}

#[derive(Clone, Debug)]
enum Content {
    Bytes(Bytes),
    File(PathBuf),
}

impl Part {
    /// Text, with neither a file name nor a type.
    pub fn text(value: impl Display) -> Self {
        Self { content: Content::Bytes(value.to_string().into()), file_name: None, content_type: None }
    }

    /// Bytes in memory, as `application/octet-stream`. Most servers treat them as a file only with a
    /// [`Part::file_name`].
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        let content_type = Some("application/octet-stream".into());
        Self { content: Content::Bytes(bytes.into()), file_name: None, content_type }
    }

    /// A file, under the last component of its path and as `application/octet-stream`. It is read while it is sent.
    pub fn file(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        Self {
            content: Content::File(path.to_owned()),
            // Octets, as in all headers.
            file_name: path.file_name().map(|name| name.as_encoded_bytes().to_vec()),
            content_type: Some("application/octet-stream".into()),
        }
    }

    /// Sets the name of the file for the server.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into().into_bytes());
        self
    }

    /// Sets the type for the server, such as `image/jpeg`.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The lines before the content.
    fn head(&self, boundary: &str, name: &str) -> Result<Vec<u8>> {
        let mut head = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"").into_bytes();
        quote(name.as_bytes(), &mut head);
        if let Some(file_name) = &self.file_name {
            head.extend_from_slice(b"; filename=\"");
            quote(file_name, &mut head);
        }
        if let Some(content_type) = &self.content_type {
            if HeaderValue::from_str(content_type).is_err() {
                return Err(Error::msg(format!(
                    "`{}` cannot be the content type of the part `{}`",
                    content_type.escape_debug(),
                    name.escape_debug()
                )));
            }
            head.extend_from_slice(b"\r\ncontent-type: ");
            head.extend_from_slice(content_type.as_bytes());
        }
        head.extend_from_slice(b"\r\n\r\n");
        Ok(head)
    }
}

/// Appends a name and its closing quote in the format of browsers (the multipart encoding of the HTML standard).
fn quote(name: &[u8], head: &mut Vec<u8>) {
    for byte in name {
        match byte {
            b'"' => head.extend_from_slice(b"%22"),
            b'\r' => head.extend_from_slice(b"%0D"),
            b'\n' => head.extend_from_slice(b"%0A"),
            _ => head.push(*byte),
        }
    }
    head.push(b'"');
}

/// The separator of the parts. It is too long to be in a part by chance, and the same in each run.
pub(super) fn boundary(user: UserId, iteration: Iteration) -> String {
    let mut rng = Rng::with_seed(u64::from(user.0).rotate_left(40) ^ iteration.0);
    format!("molotov-{:016x}{:016x}", rng.u64(), rng.u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(form: Multipart) -> String {
        let (payload, content_type) = form.encoded("b").unwrap();
        assert_eq!(content_type, "multipart/form-data; boundary=b");
        let RequestBody::Bytes(bytes) = payload else { panic!("it is in pieces") };
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn parts_are_written_as_the_standard_has_them() {
        let form = Multipart::new()
            .text("title", "Beach, \u{e4}")
            .text("n", 7)
            .part("photo", Part::bytes("jpg").file_name("a \"b\".jpg").content_type("image/jpeg"))
            .part("a\r\nb", Part::bytes("x"));

        assert_eq!(
            whole(form),
            "--b\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nBeach, \u{e4}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"n\"\r\n\r\n7\r\n\
             --b\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a %22b%22.jpg\"\r\n\
             content-type: image/jpeg\r\n\r\njpg\r\n\
             --b\r\ncontent-disposition: form-data; name=\"a%0D%0Ab\"\r\n\
             content-type: application/octet-stream\r\n\r\nx\r\n--b--\r\n"
        );
        assert_eq!(whole(Multipart::new()), "--b--\r\n");
    }

    #[cfg(unix)]
    #[test]
    fn the_name_of_a_file_is_sent_in_its_octets() {
        use std::os::unix::ffi::OsStrExt;
        let part = Part::file(std::ffi::OsStr::from_bytes(b"/data/Z\xfcrich.jpg"));

        let head = part.head("b", "photo").unwrap();

        assert!(head.windows(23).any(|octets| octets == b"; filename=\"Z\xfcrich.jpg\""));
    }

    #[test]
    fn a_type_that_would_add_a_header_is_a_mistake() {
        let form = Multipart::new().part("a", Part::text("x").content_type("text/plain\r\nx: y"));

        assert!(form.encoded("b").unwrap_err().to_string().contains("content type of the part `a`"));
    }

    #[test]
    fn a_boundary_may_be_one_and_is_of_this_iteration() {
        let own = boundary(UserId(1), Iteration(2));

        assert_eq!(own, boundary(UserId(1), Iteration(2)));
        assert_ne!(own, boundary(UserId(2), Iteration(1)));
        assert_ne!(own, boundary(UserId(1), Iteration(3)));
        // RFC 2046, section 5.1.1.
        assert!(
            own.len() <= 70 && own.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "{own}"
        );
    }
}
