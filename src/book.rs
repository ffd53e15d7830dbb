//! The pages of the book, whose examples are doctests. Only rustdoc's tests compile this file.

/// Makes a page of `docs/` the documentation of a module.
macro_rules! pages {
    ($($page:literal),* $(,)?) => {
        $(
            #[doc = include_str!(concat!("../docs/", $page))]
            const _: () = ();
        )*
    };
}

pages![
    "ci.md",
    "coming-from.md",
    "extending.md",
    "fixtures-and-data.md",
    "how-it-works.md",
    "quick-start.md",
    "report-schema.md",
    "shards.md",
    "sessions-and-requests.md",
    "thresholds.md",
    "writing-scenarios.md",
];
