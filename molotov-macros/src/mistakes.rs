//! All mistakes of one attribute, so that one build shows them all.

use proc_macro2::Span;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// Adds a mistake.
    pub(crate) fn push(&mut self, mistake: syn::Error) {
        match &mut self.0 {
            Some(earlier) => earlier.combine(mistake),
            None => self.0 = Some(mistake),
        }
    }

    /// Adds a mistake at this place.
    pub(crate) fn at(&mut self, place: Span, message: impl Into<String>) {
        self.push(syn::Error::new(place, message.into()));
    }

    /// Adds a mistake at these tokens.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        self.push(syn::Error::new_spanned(tokens, message.into()));
    }

    /// Returns the value, or adds a mistake.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|mistake| self.push(mistake)).ok()
    }

    /// Returns the value, if there are no mistakes.
    pub(crate) fn or<T>(self, value: T) -> syn::Result<T> {
        self.0.map_or(Ok(value), Err)
    }

    /// Returns all mistakes, and a last one.
    pub(crate) fn and(mut self, last: syn::Error) -> syn::Error {
        match self.0.take() {
            Some(mut earlier) => {
                earlier.combine(last);
                earlier
            }
            None => last,
        }
    }
}
