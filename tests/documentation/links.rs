//! Every link of the README and of the book leads somewhere.

use std::path::Path;

use super::page::MarkdownPage;
use crate::support::root;

/// The beginnings of links to files and folders of the repository, and of images.
const REPOSITORY: [&str; 3] = [
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/"),
    concat!(env!("CARGO_PKG_REPOSITORY"), "/tree/main/"),
    "https://raw.githubusercontent.com/molotov-rs/molotov/main/",
];

/// A relative link leads nowhere on the page of the crate.
#[test]
fn links_of_the_readme_lead_somewhere() {
    let readme = MarkdownPage::read("README.md");
    for link in readme.links() {
        let is_absolute = link.starts_with('#') || link.starts_with("https://");
        assert!(is_absolute, "README.md: {link} is relative");
    }
    assert_eq!(broken_links(&readme), Vec::<String>::new());
}

#[test]
fn links_of_the_book_lead_somewhere() {
    let mut pages = MarkdownPage::all_of_the_book();
    pages.extend(["docs/SUMMARY.md", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(MarkdownPage::read));

    let broken: Vec<_> = pages.iter().flat_map(broken_links).collect();

    assert_eq!(broken, Vec::<String>::new());
}

/// Messages about the links of a page that lead nowhere.
fn broken_links(page: &MarkdownPage) -> Vec<String> {
    let broken = page.links().into_iter().filter_map(|link| Some((link, fault(page, link)?)));
    broken.map(|(link, why)| format!("{}: {link}: {why}", page.path.display())).collect()
}

/// The reason for which a link leads nowhere. Pages of others are not asked for.
fn fault(page: &MarkdownPage, link: &str) -> Option<&'static str> {
    let (place, anchor) = link.split_once('#').unwrap_or((link, ""));
    let in_repository = REPOSITORY.iter().find_map(|start| place.strip_prefix(start));
    let path = match in_repository {
        Some(path) => root().join(path),
        None if place.contains("://") => return None,
        None if place.is_empty() => page.path.clone(),
        None => page.path.parent().unwrap().join(place),
    };
    if !path.exists() {
        return Some("there is no such file");
    }
    if in_repository.is_some() && link.starts_with(REPOSITORY[1]) != path.is_dir() {
        return Some("`tree` is for folders, `blob` for files");
    }
    let has_anchor = anchor.is_empty() || !is_markdown(&path) || MarkdownPage::read(&path).has_anchor(anchor);
    (!has_anchor).then_some("there is no such heading")
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "md")
}
