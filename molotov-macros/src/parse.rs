//! An attribute as written: its options and the annotated function, before any interpretation.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, LitStr, Signature, Token, Visibility, token};

use crate::kind::AttributeKind;
use crate::mistakes::Mistakes;

/// An attribute as written, as far as it could be read.
pub(crate) struct ParsedAttribute {
    pub(crate) options: Vec<WrittenOption>,
    pub(crate) function: syn::Result<FunctionHead>,
    pub(crate) mistakes: Mistakes,
}

/// One option.
pub(crate) struct WrittenOption {
    pub(crate) name: Ident,
    pub(crate) value: OptionValue,
}

/// The text behind the name of an option.
pub(crate) enum OptionValue {
    Nothing,
    /// `= …`
    Single(TokenStream),
    /// `(…)`
    List(TokenStream),
}

/// A function without its body, which is not parsed and may be unfinished.
pub(crate) struct FunctionHead {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) signature: Signature,
}

pub(crate) fn parse(kind: AttributeKind, options: TokenStream, item: TokenStream) -> ParsedAttribute {
    let mut mistakes = Mistakes::default();
    let options = self::options(kind, options, &mut mistakes);
    let function = (|input: ParseStream<'_>| function(kind, input)).parse2(item);
    ParsedAttribute { options, function, mistakes }
}

/// The options, each up to the next comma, so that a mistake in one does not hide those in others.
fn options(kind: AttributeKind, tokens: TokenStream, mistakes: &mut Mistakes) -> Vec<WrittenOption> {
    let mut options = Vec::new();
    for part in split(tokens) {
        match syn::parse2::<WrittenOption>(part.clone()) {
            Ok(option) => match next_option(&option) {
                Some(next) => mistakes.at(next.span(), format!("there is no comma before `{next}`; add one")),
                None => options.push(option),
            },
            Err(_) => mistakes.over(part, not_an_option(kind)),
        }
    }
    options
}

/// The name of another option that seems to follow the value of this option: `weight = 3 delay = "5s"`.
fn next_option(option: &WrittenOption) -> Option<Ident> {
    let OptionValue::Single(value) = &option.value else { return None };
    let tokens: Vec<_> = value.clone().into_iter().skip(1).collect();
    tokens.windows(2).find_map(|pair| match pair {
        [TokenTree::Ident(name), TokenTree::Punct(equals)] if equals.as_char() == '=' => Some(name.clone()),
        _ => None,
    })
}

/// The parts between the commas; a trailing comma is allowed.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(comma), Some(part)) if comma.as_char() == ',' && !part.is_empty() => {
                parts.push(TokenStream::new());
            }
            (_, part) => part.into_iter().for_each(|part| part.extend([token.clone()])),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn not_an_option(kind: AttributeKind) -> String {
    let example = match kind {
        AttributeKind::Scenario => "`name = \"buy\"` or `tags(\"a\", \"b\")`",
        AttributeKind::ScenarioPicker | AttributeKind::Events | AttributeKind::Data => "`crate = molotov`",
        _ => "`timeout = \"10s\"`",
    };
    format!("this is not an option of `#[{}]`; write one as {example}", kind.attribute())
}

impl Parse for WrittenOption {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        let value = if input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            OptionValue::List(content.parse()?)
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            OptionValue::Single(input.parse()?)
        } else {
            OptionValue::Nothing
        };
        Ok(Self { name, value })
    }
}

fn function(kind: AttributeKind, input: ParseStream<'_>) -> syn::Result<FunctionHead> {
    let attributes = input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    if let Some((other, place)) = other_item(input) {
        let message = format!("`#[{}]` goes on {}, and this is {other}", kind.attribute(), kind.target());
        return Err(syn::Error::new(place, message));
    }
    let signature = input.parse()?;
    // The body is unchanged.
    input.parse::<TokenStream>()?;
    Ok(FunctionHead { attributes, signature })
}

/// The kind of this item, if it is not a function.
fn other_item(input: ParseStream<'_>) -> Option<(&'static str, Span)> {
    let place = input.span();
    let ahead = input.fork();
    let mut last_word = String::new();
    // `unsafe fn` and `unsafe impl`, `const fn` and `const NAME` start alike.
    while let Some(word) = qualifier(&ahead) {
        last_word = word;
    }
    if ahead.peek(Token![fn]) {
        return None;
    }
    if let Ok(word) = ahead.call(Ident::parse_any)
        && last_word != "const"
    {
        last_word = word.to_string();
    }
    Some((article(&last_word), place))
}

/// Consumes a keyword that may precede `fn`.
fn qualifier(input: ParseStream<'_>) -> Option<String> {
    if input.peek(LitStr) {
        return input.parse::<LitStr>().ok().map(|_| "extern".into());
    }
    let one_of_them = input.peek(Token![const])
        || input.peek(Token![async])
        || input.peek(Token![unsafe])
        || input.peek(Token![extern]);
    one_of_them.then(|| input.call(Ident::parse_any).ok())?.map(|word| word.to_string())
}

/// The kind of an item that starts with this word.
fn article(word: &str) -> &'static str {
    match word {
        "struct" => "a struct",
        "enum" => "an enum",
        "union" => "a union",
        "trait" => "a trait",
        "impl" => "an `impl` block",
        "mod" => "a module",
        "use" => "a `use`",
        "type" => "a type alias",
        "static" => "a static",
        "const" => "a constant",
        "extern" => "an `extern` block",
        _ => "something else",
    }
}
