//! The trailers of a chunked body (RFC 9112, section 7.1.2), collected byte by byte.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::classify::Broken;
use crate::http::limit::{MAX_FIELDS, MAX_IGNORED, ReadLimit};

/// The mark between the lines of one field, which are joined by a space (RFC 9112, section 5.2).
pub(super) const LINE_END: u8 = b'\r';

/// The trailer lines of one body so far, of checked bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct TrailerLines {
    text: Vec<u8>,
    fields: usize,
}

impl TrailerLines {
    /// Starts a field with the first byte of its name.
    pub(super) fn start_field(&mut self, byte: u8) -> Result<(), Broken> {
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(Broken::Beyond(ReadLimit::TrailerFields));
        }
        if !self.text.is_empty() {
            self.text.push(b'\n');
        }
        self.push(byte)
    }

    /// Adds a byte to the last field.
    pub(super) fn push(&mut self, byte: u8) -> Result<(), Broken> {
        self.text.push(byte);
        if self.text.len() > MAX_IGNORED as usize { Err(Broken::Beyond(ReadLimit::Trailers)) } else { Ok(()) }
    }

    /// The fields, if there are any.
    pub(super) fn into_map(self) -> Option<Box<HeaderMap>> {
        let mut map = HeaderMap::new();
        for line in self.text.split(|byte| *byte == b'\n') {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let name = HeaderName::from_bytes(&line[..colon]);
            let lines: Vec<_> =
                line[colon + 1..].split(|byte| *byte == LINE_END).map(<[u8]>::trim_ascii).collect();
            let value = HeaderValue::try_from(lines.join(&b' '));
            if let (Ok(name), Ok(value)) = (name, value) {
                map.append(name, value);
            }
        }
        (!map.is_empty()).then(|| Box::new(map))
    }
}
