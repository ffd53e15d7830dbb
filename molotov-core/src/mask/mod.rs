//! Removes secrets from text for display: headers, URLs, and bodies of any type, cut anywhere.
//!
//! A secret is found by its name, in any structure; see [`name`] for the names and [`scan`] for the structures. A
//! secret without a name is found by its form ([`token`]), and if it is the whole body by the name of its route
//! ([`bare`]). In doubt too much is masked. A password that is sent as `x=…` is shown.

mod bare;
mod excerpt;
mod fragment;
mod header;
mod markup;
mod name;
mod parts;
mod scan;
mod signs;
mod token;
mod unit;
mod value;

#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use bare::Whence;
pub(crate) use excerpt::excerpt;
pub(crate) use excerpt::{has_controls, is_media};
pub(crate) use fragment::fragment;
pub(crate) use header::{header, octets};
use scan::{Scanner, TextPlace};

/// The replacement of a secret.
const MASK: &str = "***";

/// Masks a URL, or a header's value with URLs in it.
pub fn urls(text: &str) -> Cow<'_, str> {
    // Without one of these there is neither a pair nor user-info, nor a scheme with a token behind it.
    if !text.contains(['=', '@', '%', ' ', ':']) && !text.contains("eyJ") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(Scanner::new(text, TextPlace::Url).mask())
}

/// Masks the text of a body like [`body`], and a single value by the name of its route.
pub(crate) fn body_of(whence: Whence<'_>, content_type: &str, text: &str) -> String {
    whence.mask(text).map_or_else(|| body(content_type, text), Cow::into_owned)
}

/// Masks the text of a body of this type (its lower-case `Content-Type`, or an empty text); it may be cut anywhere.
pub(crate) fn body(content_type: &str, text: &str) -> String {
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return Scanner::new(text, TextPlace::Form).mask();
    }
    if parts::is_multipart(content_type, text) {
        return parts::multipart(text);
    }
    if content_type.starts_with("text/csv") || content_type.starts_with("text/tab-separated-values") {
        return parts::table(text);
    }
    Scanner::new(text, TextPlace::Body).mask()
}

/// The length of the quoted string at the start of the text, including its quotation marks; also if they are escaped or
/// it is cut.
pub(crate) fn string_length(text: &str) -> usize {
    unit::quote(text).map_or(0, |opening| value::MaskValue::quoted(text, opening).len)
}
