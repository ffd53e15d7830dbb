//! The meaning of an attribute: the options as values, and the relevant parts of the function. Every mistake is found
//! here.

#[expect(unreachable_pub, reason = "the same file is public in molotov-core")]
mod duration;
mod options;
mod rate;
mod signature;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::Attribute;

use crate::kind::AttributeKind;
use crate::parse::ParsedAttribute;

pub(crate) use self::options::Options;

/// A valid attribute, as far as can be checked without types.
pub(crate) struct Model {
    pub(crate) kind: AttributeKind,
    pub(crate) options: Options,
    pub(crate) function: Function,
}

/// The annotated function.
pub(crate) struct Function {
    /// Its name, which may be a raw identifier.
    pub(crate) ident: Ident,
    /// Its `#[cfg(…)]`s, which apply to the generated code too.
    pub(crate) cfgs: Vec<Attribute>,
    /// The positions of the types of the arguments.
    pub(crate) arguments: Vec<SpanRange>,
    /// The return type.
    pub(crate) returns: Returns,
}

/// The return type, in its written form.
pub(crate) struct Returns {
    pub(crate) place: SpanRange,
    pub(crate) is_result: bool,
}

/// The first and the last token of an item, so that a message can underline all of it.
#[derive(Clone, Copy)]
pub(crate) struct SpanRange {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl SpanRange {
    pub(crate) fn from_tokens(tokens: TokenStream) -> Option<Self> {
        let mut spans = tokens.into_iter().map(|token: TokenTree| token.span());
        let first = spans.next()?;
        Some(Self { first, last: spans.last().unwrap_or(first) })
    }

    pub(crate) fn map(self, change: impl Fn(Span) -> Span) -> Self {
        Self { first: change(self.first), last: change(self.last) }
    }
}

pub(crate) fn model(kind: AttributeKind, parsed: ParsedAttribute) -> syn::Result<Model> {
    let mut mistakes = parsed.mistakes;
    let options = options::options(kind, parsed.options, &mut mistakes);
    match parsed.function {
        Ok(function) => {
            let function = signature::function(kind, function, &mut mistakes);
            mistakes.or(Model { kind, options, function })
        }
        Err(unreadable) => Err(mistakes.and(unreadable)),
    }
}

#[cfg(test)]
mod tests {
    /// Durations in options of a load test and in attributes have the same format.
    #[test]
    fn durations_are_read_as_in_the_core() {
        assert_eq!(include_str!("model/duration.rs"), include_str!("../../molotov-core/src/duration.rs"));
    }
}
