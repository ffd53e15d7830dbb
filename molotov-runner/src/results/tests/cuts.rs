//! A file that is cut at any byte is read up to its last complete window.

use super::*;
use crate::results::input::{Input, LinesEnd};

/// The start of the last line of a window.
const WINDOW: &str = "{\"t\":\"w\"";

/// The number of windows at the end of the file in which every line is cut, and not only the last one.
const THOROUGH: usize = 3;

/// The result of a cut depends on the lines before it, so that one cut per line suffices: `piece_of_a_line_is_no_line`
/// has the others. With `MOLOTOV_EVERY_BYTE=1` the file is cut at every byte, which takes half an hour.
#[test]
fn file_that_is_cut_anywhere_is_complete_up_to_its_last_window() {
    let file = some_run();
    let thorough = file.rmatch_indices(WINDOW).nth(THOROUGH).unwrap().0;
    let is_every_byte = std::env::var_os("MOLOTOV_EVERY_BYTE").is_some();
    let mut start = 0;
    for line in file.split_inclusive('\n') {
        let end = start + line.len();
        let cuts = match line.starts_with(WINDOW) {
            _ if is_every_byte => (start..end).collect(),
            true => vec![start, end - 1],
            false if start >= thorough => vec![start, start + line.len() / 2],
            false => Vec::new(),
        };
        cuts.into_iter().for_each(|cut| check_cut(file.as_bytes(), cut));
        start = end;
    }
}

#[test]
fn piece_of_a_line_is_no_line() {
    let file = some_run();
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    for pair in lines.windows(2) {
        let [before, line] = pair else { unreachable!("they are two") };
        for cut in 0..line.len() {
            let bytes = [before.as_bytes(), &line.as_bytes()[..cut]].concat();
            let mut input = Input::new(Box::new(&*bytes)).unwrap();

            assert_eq!(input.next().as_deref(), Some(before.trim_end_matches('\n')));
            assert_eq!(input.next(), None);
            assert_eq!(input.end, if cut == 0 { LinesEnd::Whole } else { LinesEnd::Torn });
        }
    }
}

/// The file up to this byte has each window with a complete line, and one sentence reports the cut.
fn check_cut(file: &[u8], cut: usize) {
    let whole = file[..cut].split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let windows = whole.filter(|line| line.starts_with(WINDOW.as_bytes())).count();
    match read(&file[..cut]) {
        Ok(results) => {
            assert_eq!(results.report.windows.len(), windows, "cut at {cut}");
            assert_eq!(results.warnings.len(), 1, "cut at {cut}: {:?}", results.warnings);
            let complete = format!("complete up to 0:{windows:02}");
            assert!(results.warnings[0].ends_with(&complete), "cut at {cut}: {:?}", results.warnings);
            assert!(matches!(results.report.ended, Ended::Killed(_)), "cut at {cut}");
        }
        Err(why) => {
            let sentences = ["the file is empty", "no whole line", "before its first second"];
            assert!(windows == 0, "cut at {cut}: {why}");
            assert!(sentences.iter().any(|sentence| why.contains(sentence)), "cut at {cut}: {why}");
        }
    }
}

#[test]
fn member_of_gzip_that_is_torn_is_left_out() {
    let bytes = gzipped(&some_run());

    for cut in [bytes.len() / 2, bytes.len() / 3] {
        assert!(matches!(read(&bytes[..cut]).unwrap().report.ended, Ended::Killed(_)));
    }
    assert!(read(&bytes[..7]).unwrap_err().contains("no whole line"));
}
