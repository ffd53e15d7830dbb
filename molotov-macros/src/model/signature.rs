//! The signature: the allowed forms of the function, and its relevant parts.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, GenericParam, ReturnType, Safety, Signature, Type};

use super::{Function, Returns, SpanRange};
use crate::kind::AttributeKind;
use crate::mistakes::Mistakes;
use crate::parse;

pub(super) fn function(
    kind: AttributeKind,
    written: parse::FunctionHead,
    mistakes: &mut Mistakes,
) -> Function {
    let parse::FunctionHead { mut attributes, signature } = written;
    check(kind, &signature, mistakes);
    attributes.retain(|attribute| attribute.path().is_ident("cfg"));
    Function {
        arguments: signature.inputs.iter().filter_map(argument).collect(),
        returns: returns(&signature),
        ident: signature.ident,
        cfgs: attributes,
    }
}

fn check(kind: AttributeKind, signature: &Signature, mistakes: &mut Mistakes) {
    check_keywords(kind, signature, mistakes);
    check_generics(kind, signature, mistakes);
    check_arguments(kind, signature, mistakes);
}

/// `const async` and `...` need no check: rustc refuses them itself.
fn check_keywords(kind: AttributeKind, signature: &Signature, mistakes: &mut Mistakes) {
    let (attribute, name) = (kind.attribute(), &signature.ident);
    match (&signature.asyncness, kind.is_async()) {
        (None, true) => mistakes.at(
            signature.fn_token.span,
            format!("`#[{attribute}]` goes on an `async fn`; write `async fn {name}`"),
        ),
        (Some(word), false) => mistakes.at(
            word.span,
            format!("`#[{attribute}]` goes on a plain `fn`, which is called and not awaited; remove `async`"),
        ),
        _ => {}
    }
    let mut remove = |word: &dyn ToTokens, text| {
        mistakes.over(word.to_token_stream(), format!("`{name}` cannot be `{text}`; remove `{text}`"));
    };
    match &signature.safety {
        Safety::Unsafe(word) => remove(word, "unsafe"),
        Safety::Safe(word) => remove(word, "safe"),
        _ => {}
    }
    if let Some(abi) = &signature.abi {
        remove(abi, "extern");
    }
}

fn check_generics(kind: AttributeKind, signature: &Signature, mistakes: &mut Mistakes) {
    for parameter in &signature.generics.params {
        let name = match parameter {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(parameter) => &parameter.ident,
            GenericParam::Const(parameter) => &parameter.ident,
        };
        let message = format!(
            "a function with `#[{}]` cannot be generic, nothing says what `{name}` would be; write what it is",
            kind.attribute()
        );
        mistakes.over(parameter, message);
    }
}

fn check_arguments(kind: AttributeKind, signature: &Signature, mistakes: &mut Mistakes) {
    let attribute = kind.attribute();
    if kind == AttributeKind::Data && !signature.inputs.is_empty() {
        let message = "a function with `#[data]` takes no arguments: it is called before anything else; read what it needs \
                       inside of it";
        return mistakes.over(signature.inputs.to_token_stream(), message);
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                let message = format!(
                    "a function with `#[{attribute}]` cannot take `self`; move it out of its `impl` block"
                );
                mistakes.over(receiver, message);
            }
            FnArg::Typed(argument) => {
                let ty = argument.ty.to_token_stream();
                if contains_impl(ty.clone()) {
                    let message = format!(
                        "a function with `#[{attribute}]` cannot take `impl` types; write what it is"
                    );
                    mistakes.over(ty, message);
                }
            }
        }
    }
}

fn contains_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => contains_impl(group.stream()),
        _ => false,
    })
}

fn argument(input: &FnArg) -> Option<SpanRange> {
    match input {
        FnArg::Typed(argument) => SpanRange::from_tokens(argument.ty.to_token_stream()),
        FnArg::Receiver(_) => None,
    }
}

fn returns(signature: &Signature) -> Returns {
    let name = signature.ident.span();
    let nowhere = SpanRange { first: name, last: name };
    match &signature.output {
        ReturnType::Default => Returns { place: nowhere, is_result: false },
        ReturnType::Type(_, ty) => Returns {
            place: SpanRange::from_tokens(ty.to_token_stream()).unwrap_or(nowhere),
            is_result: is_result(ty),
        },
    }
}

/// Returns `true` if the name of the type ends in `Result`: `Result<T>`, `io::Result<T>`, `anyhow::Result<T>`.
fn is_result(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Result"))
        }
        // Tokens from a `macro_rules!` macro are in an invisible group.
        Type::Group(group) => is_result(&group.elem),
        Type::Paren(paren) => is_result(&paren.elem),
        _ => false,
    }
}
