//! The code that is written beside the function: its registration by the public API, and for scenarios a test.

mod registration;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::kind::AttributeKind;
use crate::model::Model;

/// The unchanged function, and the generated code beside it.
pub(crate) fn expand(model: &Model, item: &TokenStream) -> TokenStream {
    let registration = registration(model);
    let test = (model.kind == AttributeKind::Scenario).then(|| test(model));
    quote!(#item #registration #test)
}

/// The unchanged function, and the mistakes, without a warning about an unused function.
pub(crate) fn refuse(mistakes: &syn::Error, item: &TokenStream) -> TokenStream {
    let mistakes = mistakes.to_compile_error();
    quote!(#[allow(dead_code)] #item #mistakes)
}

fn registration(model: &Model) -> TokenStream {
    let (krate, cfgs, registration) = (krate(model), &model.function.cfgs, registration::registration(model));
    let function = model.function.ident.unraw().to_string();
    quote_spanned! {Span::mixed_site()=>
        #(#cfgs)*
        #[allow(deprecated, unused_qualifications)]
        const _: () = {
            use #krate::__private as __molotov;

            fn __molotov_make(__molotov_origin: __molotov::Origin) -> __molotov::Registration {
                #registration
            }

            __molotov::inventory::submit! {
                __molotov::Entry {
                    origin: __molotov::Origin::new(
                        ::core::env!("CARGO_PKG_NAME"),
                        ::core::file!(),
                        ::core::line!(),
                        ::core::module_path!(),
                        #function,
                    ),
                    test: ::core::cfg!(test),
                    make: __molotov_make,
                }
            }
        };
    }
}

/// The test that executes the scenario once, and fails at the line of the attribute.
fn test(model: &Model) -> TokenStream {
    let (krate, cfgs, name) = (krate(model), &model.function.cfgs, name(model));
    let test = format_ident!("smoke_{}", model.function.ident.unraw(), span = Span::call_site());
    // Skipped as in a load.
    let ignored = (model.options.weight == Some(0))
        .then(|| quote!(#[ignore = "weight 0: it runs only when it is asked for, with `-- --ignored`"]));
    quote! {
        #(#cfgs)*
        #[cfg(test)]
        #[::core::prelude::v1::test]
        #ignored
        #[allow(non_snake_case)]
        fn #test() {
            #krate::__private::smoke_test(#name)
        }
    }
}

fn krate(model: &Model) -> TokenStream {
    model.options.krate.as_ref().map_or_else(|| quote!(::molotov), |path| quote!(#path))
}

/// The given name, or else that of the function.
fn name(model: &Model) -> String {
    model.options.name.clone().unwrap_or_else(|| model.function.ident.unraw().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model, parse};

    fn scenario(options: &str, item: &str) -> syn::Result<String> {
        let (options, item) = (options.parse()?, item.parse::<TokenStream>()?);
        let parsed = parse::parse(AttributeKind::Scenario, options, item.clone());
        model::model(AttributeKind::Scenario, parsed).map(|model| expand(&model, &item).to_string())
    }

    #[test]
    fn a_body_that_is_being_written_stays_as_it_is() {
        for body in ["{ session. }", "{ let x = ; if }", ";", ""] {
            let item = format!("async fn browse(session: &mut Session) {body}");

            let written = scenario("", &item).expect("the signature is right");

            let item: TokenStream = item.parse().expect("these are tokens");
            assert!(written.starts_with(&item.to_string()), "{written}");
            assert!(written.contains("fn smoke_browse"), "{written}");
        }
    }

    #[test]
    fn a_refused_function_stays_as_it_is() {
        let item: TokenStream = "fn browse<T>() { broken. }".parse().expect("these are tokens");
        let mistakes = scenario("", "fn browse<T>() { broken. }").expect_err("it is not async");

        let written = refuse(&mistakes, &item).to_string();

        assert_eq!(mistakes.into_iter().count(), 2);
        assert!(written.contains(&item.to_string()), "{written}");
    }
}
