//! Parts of a file that the benchmark writes, between markers; the rest of it is unchanged.

use anyhow::{Result, bail};

/// Replaces the part of this name.
pub(super) fn replace(document: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (begin(name), end(name));
    let Some((before, rest)) = document.split_once(&begin) else { bail!("the marker `{begin}` is missing") };
    let Some((_, after)) = rest.split_once(&end) else { bail!("the marker `{end}` is missing") };
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

fn begin(name: &str) -> String {
    format!("<!-- benches/peers writes: {name} -->")
}

fn end(name: &str) -> String {
    format!("<!-- end of {name} -->")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Title\n\n<!-- benches/peers writes: one -->\n\nold\n\n<!-- end of one -->\n\n\
                            <!-- benches/peers writes: two -->\n<!-- end of two -->\n";

    #[test]
    fn only_the_part_of_that_name_is_replaced() {
        let document = replace(DOCUMENT, "two", "new\n").unwrap();

        insta::assert_snapshot!(document, @r"
        # Title

        <!-- benches/peers writes: one -->

        old

        <!-- end of one -->

        <!-- benches/peers writes: two -->

        new

        <!-- end of two -->
        ");
    }

    #[test]
    fn to_replace_it_again_changes_nothing_else() {
        let once = replace(DOCUMENT, "one", "new").unwrap();

        assert_eq!(replace(&once, "one", "new").unwrap(), once);
    }

    #[test]
    fn a_marker_that_is_missing_is_a_mistake() {
        assert!(replace(DOCUMENT, "three", "new").unwrap_err().to_string().contains("writes: three"));
    }
}
