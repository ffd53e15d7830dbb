//! The book in `docs/`: its table of contents, and its examples, which are doctests.

use super::page::MarkdownPage;

#[test]
fn every_page_is_in_the_summary() {
    let summary = MarkdownPage::read("docs/SUMMARY.md");
    let listed = summary.links();

    let pages: Vec<_> = MarkdownPage::all_of_the_book().iter().map(MarkdownPage::path_in_the_book).collect();

    let missing: Vec<_> = pages.iter().filter(|page| !listed.contains(&page.as_str())).collect();
    assert_eq!(missing, [""; 0], "not in docs/SUMMARY.md");
}

/// A block of code without a language is Rust to rustdoc, and nothing to GitHub.
#[test]
fn every_block_of_code_has_a_language() {
    for page in MarkdownPage::all_of_the_book() {
        assert!(!page.languages().contains(&""), "{}", page.path.display());
    }
}

/// `src/book.rs` makes doctests of them; the code of recipes is compiled and run by `recipes`.
#[test]
fn every_page_with_rust_in_it_is_compiled() {
    let compiled = include_str!("../../src/book.rs");
    for page in MarkdownPage::all_of_the_book() {
        let path = page.path_in_the_book();
        if path.starts_with("recipes/") {
            continue;
        }
        let has_rust = page.languages().iter().any(|language| language.starts_with("rust"));
        let is_compiled = compiled.contains(&format!("\"{path}\""));
        assert!(is_compiled || !has_rust, "docs/{path} is not in src/book.rs");
    }
}
