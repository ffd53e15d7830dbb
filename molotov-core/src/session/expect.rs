//! The statuses that a scenario expects.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use http::StatusCode;

/// The expected statuses of a response.
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// session.get("/basket").expect_status(200).send().await?;
/// session.get("/items/7").expect_status([200, 404]).send().await?;
/// session.get("/old-shop").expect_status(300..=399).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect(Vec<RangeInclusive<u16>>);

impl Expect {
    pub(super) fn allows(&self, status: StatusCode) -> bool {
        self.0.iter().any(|range| range.contains(&status.as_u16()))
    }
}

impl Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let or = if index == 0 { "" } else { " or " };
            if range.start() == range.end() {
                write!(f, "{or}{}", range.start())?;
            } else {
                write!(f, "{or}{} to {}", range.start(), range.end())?;
            }
        }
        Ok(())
    }
}

impl From<u16> for Expect {
    fn from(status: u16) -> Self {
        Self(vec![status..=status])
    }
}

impl From<StatusCode> for Expect {
    fn from(status: StatusCode) -> Self {
        status.as_u16().into()
    }
}

impl From<RangeInclusive<u16>> for Expect {
    fn from(range: RangeInclusive<u16>) -> Self {
        Self(vec![range])
    }
}

impl<const N: usize> From<[u16; N]> for Expect {
    fn from(statuses: [u16; N]) -> Self {
        Self(statuses.iter().map(|status| *status..=*status).collect())
    }
}
