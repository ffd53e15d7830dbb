//! The expression that makes a piece of a suite, in the same form as by hand.
//!
//! No type of the user's is repeated here: all are inferred from a call of the function, so that a missing or
//! unsuitable type is reported once. Code that may not fit bears the span of the part that it must fit.

use std::time::Duration;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::name;
use crate::kind::AttributeKind;
use crate::model::{Model, SpanRange};

/// The body of `fn(__molotov_origin: Origin) -> Registration`.
pub(super) fn registration(model: &Model) -> TokenStream {
    match model.kind {
        AttributeKind::Scenario => awaited(model, "Scenario", "Scenario"),
        AttributeKind::GlobalSetup => awaited(model, "GlobalSetup", "GlobalSetup"),
        AttributeKind::Setup => awaited(model, "Setup", "Setup"),
        AttributeKind::SetupSession => awaited(model, "SetupSession", "Hook"),
        AttributeKind::TeardownSession => awaited(model, "TeardownSession", "Hook"),
        AttributeKind::Teardown => awaited(model, "Teardown", "Hook"),
        AttributeKind::GlobalTeardown => awaited(model, "GlobalTeardown", "Hook"),
        AttributeKind::ScenarioPicker => picker(model),
        AttributeKind::Events => listener(model),
        AttributeKind::Data => data(model),
    }
}

fn awaited(model: &Model, variant: &str, fixture: &str) -> TokenStream {
    let (variant, fixture, name) = (ident(variant), ident(fixture), name(model));
    let (probes, call, options) = (probes(model), call(model), options(model));
    let needs = (0..model.function.arguments.len()).map(|index| {
        let probe = probe(index);
        quote_spanned!(Span::mixed_site()=> .needs_probed((&#probe).__dependency()))
    });
    // If the value of a set-up cannot be kept, the message points at it.
    let builder =
        spanned_call(model.function.returns.place, &quote!(#fixture::builder), &quote!(#name, #call));
    quote_spanned! {Span::mixed_site()=>
        #probes
        __molotov::Registration::#variant(#builder #options #(#needs)* .at(__molotov_origin).build())
    }
}

/// Infers the types of the arguments, from a call that is never made.
fn probes(model: &Model) -> Option<TokenStream> {
    let function = &model.function.ident;
    let probes: Vec<_> = (0..model.function.arguments.len()).map(probe).collect();
    (!probes.is_empty()).then(|| {
        quote_spanned! {Span::mixed_site()=>
            use __molotov::{ProbeArg as _, ProbeOther as _};
            #(let #probes = __molotov::Probe::new();)*
            let _ = || #function(#(__molotov::Probe::stand_in(&#probes)),*);
        }
    })
}

fn probe(index: usize) -> Ident {
    format_ident!("__molotov_{index}", span = Span::mixed_site())
}

/// The closure that is called for each iteration. The function is called inside of the block: outside, its future would
/// be stored twice.
fn call(model: &Model) -> TokenStream {
    let mutability = (!model.function.arguments.is_empty()).then(|| quote!(mut));
    let body = body(model);
    // The function is to blame for a future that is not `Send`.
    let place = Span::mixed_site().located_at(model.function.ident.span());
    let pinned = quote_spanned!(place=> __molotov::Box::pin(async move { #body }));
    quote_spanned!(Span::mixed_site()=> |#mutability __molotov_cx| #pinned)
}

fn body(model: &Model) -> TokenStream {
    let (function, returns) = (&model.function.ident, &model.function.returns);
    let arguments = model.function.arguments.iter().map(|place| {
        // Marked as generated code: in the user's own, rustc would only advise to borrow, and not name the allowed
        // arguments.
        let place = place.map(|span| Span::mixed_site().located_at(span));
        spanned_call(place, &quote!(argument), &quote_spanned!(Span::mixed_site()=> &mut __molotov_cx))
    });
    let convert = match (model.kind.makes_state(), returns.is_result) {
        (false, _) => quote!(into_result),
        (true, true) => quote!(into_state),
        (true, false) => {
            return quote_spanned! {Span::mixed_site()=>
                ::core::result::Result::Ok(#function(#(#arguments),*).await)
            };
        }
    };
    // The value that is converted bears the span of the return type.
    let (first, last) = (returns.place.first, returns.place.last);
    let (returned, value) = (quote_spanned!(first=> __molotov_returned), quote_spanned!(last=> value));
    quote_spanned! {Span::mixed_site()=>
        use __molotov::{RaisedBoxed as _, RaisedChain as _, RaisedOther as _, RaisedText as _};
        let #returned = __molotov::Returned { value: #function(#(#arguments),*).await };
        match __molotov::#convert(#returned.#value) {
            ::core::result::Result::Ok(__molotov_state) => ::core::result::Result::Ok(__molotov_state),
            ::core::result::Result::Err(__molotov_error) => {
                ::core::result::Result::Err((&&__molotov::Raised::new(__molotov_error)).__into_error())
            }
        }
    }
}

fn options(model: &Model) -> TokenStream {
    let options = &model.options;
    let weight = options.weight.map(|weight| quote!(.weight(#weight)));
    let rate = options.rate.map(|rate| quote!(.rate(__molotov::Rate::from_thousandths_per_hour(#rate))));
    let delay = options.delay.map(delay);
    let timeout = options.timeout.map(|timeout| duration("timeout", timeout));
    let tags = options.tags.iter().map(|tag| quote!(.tag(#tag)));
    let thresholds = options.thresholds.iter().map(|threshold| quote!(.threshold(#threshold)));
    quote!(#weight #rate #delay #timeout #(#tags)* #(#thresholds)*)
}

fn delay((least, most): (Duration, Duration)) -> TokenStream {
    if least == most {
        return duration("delay", least);
    }
    let [least, most] = [least, most].map(|time| {
        let (seconds, nanos) = (time.as_secs(), time.subsec_nanos());
        quote!(::core::time::Duration::new(#seconds, #nanos))
    });
    quote!(.delay(#least..#most))
}

fn duration(method: &str, duration: Duration) -> TokenStream {
    let (method, seconds, nanos) = (ident(method), duration.as_secs(), duration.subsec_nanos());
    quote!(.#method(::core::time::Duration::new(#seconds, #nanos)))
}

fn picker(model: &Model) -> TokenStream {
    let function = &model.function.ident;
    quote_spanned! {Span::mixed_site()=>
        let __molotov_pick: fn(__molotov::UserId, __molotov::Iteration) -> &'static ::core::primitive::str
            = #function;
        __molotov::Registration::Picker(__molotov::Picker::new(__molotov_pick).at(__molotov_origin))
    }
}

fn listener(model: &Model) -> TokenStream {
    let (function, name) = (&model.function.ident, name(model));
    quote_spanned! {Span::mixed_site()=>
        let _ = __molotov_origin;
        let __molotov_listen: fn(&__molotov::Event) = #function;
        __molotov::Registration::Events(__molotov::Listener::new(#name, __molotov_listen))
    }
}

fn data(model: &Model) -> TokenStream {
    let (function, name) = (&model.function.ident, name(model));
    // The function must return a feed, and the message points at its return type.
    let new = spanned_call(model.function.returns.place, &quote!(Data::new), &quote!(#name, #function));
    quote_spanned! {Span::mixed_site()=>
        __molotov::Registration::Data(#new.at(__molotov_origin))
    }
}

/// A call of a function in our private module, with the span of the given place: a message about the call then
/// underlines that place.
fn spanned_call(place: SpanRange, path: &TokenStream, arguments: &TokenStream) -> TokenStream {
    let root = quote_spanned!(place.first=> __molotov);
    let path = path.clone().into_iter().map(|mut token| {
        token.set_span(place.last);
        token
    });
    let mut call = Group::new(Delimiter::Parenthesis, arguments.clone());
    call.set_span(place.last);
    quote!(#root::#(#path)* #call)
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
