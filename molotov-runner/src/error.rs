//! The error of a run that could not start.

use std::fmt;

/// All mistakes in a plan or a suite, found before anything was sent.
///
/// ```
/// # use molotov::prelude::*;
/// # async fn test() {
/// if let Err(error) = Suite::registered().run(Plan::users(20)).await {
///     for problem in error.problems() {
///         eprintln!("{problem}");
///     }
/// }
/// # }
/// ```
pub struct RunError {
    problems: Vec<String>,
}

impl RunError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { problems: vec![problem.into()] }
    }

    pub(crate) fn from_problems(problems: Vec<String>) -> Self {
        Self { problems }
    }

    /// Returns `Err` with these problems, or `Ok` if there are none.
    pub(crate) fn unless_empty(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// The problems, one message each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

/// Output of `unwrap` and of `?` in `main`: readable messages, each on lines of its own.
impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for RunError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_has_each_problem_on_lines_of_its_own() {
        let error = RunError::from_problems(vec!["no host".into(), "not a time\n  p99 < fast".into()]);

        assert_eq!(format!("{error:?}"), "no host\nnot a time\n  p99 < fast");
    }
}
