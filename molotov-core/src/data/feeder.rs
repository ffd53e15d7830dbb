//! A loaded feed, from which a runner draws the rows of each call.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::order::{AtEnd, RowOrder};
use super::row::Rows;
use super::turn::Turn;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::shard::Shard;

/// The reason why there is no row.
#[derive(Debug)]
#[non_exhaustive]
pub enum Exhausted {
    /// All rows are used, and the run must end. The text names the rows.
    Stop(String),
    /// All rows are used, which is a failure ([`FailureKind::DataExhausted`]), or the row could not be read.
    Fail(Error),
}

/// The place of the rows: memory, or a file.
pub(super) trait RowStore: Send + Sync {
    fn push(&self, index: u64, rows: &mut Rows) -> Result;
}

/// A loaded feed, for a runner.
pub struct Feeder {
    name: String,
    order: RowOrder,
    at_end: AtEnd,
    rows: u64,
    store: Box<dyn RowStore>,
    /// The number of rows that were given, for an order that all users share.
    given: AtomicU64,
    /// The shard of the run, which has every so many of those rows.
    shard: Shard,
}

impl Feeder {
    pub(super) fn new(
        name: String,
        order: RowOrder,
        at_end: AtEnd,
        rows: u64,
        store: Box<dyn RowStore>,
    ) -> Self {
        Self { name, order, at_end, rows, store, given: AtomicU64::new(0), shard: Shard::WHOLE }
    }

    /// This feeder in one shard of a run: of an order that all users share, it gives the rows of the shard only.
    #[must_use]
    pub fn in_shard(self, shard: Shard) -> Self {
        Self { shard, ..self }
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns `true` if all users share the rows, so that the seed does not decide which user gets which row.
    pub fn is_shared(&self) -> bool {
        self.order.is_shared()
    }

    /// Returns the reason why the feed has too few rows for this number of users.
    pub fn problem(&self, users: u32) -> Option<String> {
        (self.order == RowOrder::Unique && self.rows < users.into()).then(|| {
            format!(
                "the data `{}` has {} rows for {users} users, and is `unique()`: each user needs a row that nobody else \
                 has; add rows, or have fewer users",
                self.name, self.rows
            )
        })
    }

    /// Adds the next row of this turn to the rows of a call.
    ///
    /// # Errors
    ///
    /// When every row is used, or the row can no longer be read.
    pub fn draw(&self, turn: &Turn, rows: &mut Rows) -> Result<(), Exhausted> {
        let mut turn = *turn;
        if self.is_shared() {
            turn.nth = self.shard.nth(self.given.fetch_add(1, Ordering::Relaxed));
        }
        match self.order.index(&turn, self.rows, self.at_end) {
            Some(index) => self.store.push(index, rows).map_err(Exhausted::Fail),
            None => Err(self.dry()),
        }
    }

    /// Skips this many rows of an order that all users share.
    pub fn skip(&self, rows: u64) {
        self.given.fetch_add(rows, Ordering::Relaxed);
    }

    #[cold]
    fn dry(&self) -> Exhausted {
        let (name, rows) = (&self.name, self.rows);
        let whose = if self.order == RowOrder::Unique { " of this user's share" } else { "" };
        let words = format!("the data `{name}` is used up: all{whose} of its {rows} rows were given");
        match self.at_end {
            AtEnd::Stop => Exhausted::Stop(words),
            _ => Exhausted::Fail(Error::with_kind(FailureKind::DataExhausted, words)),
        }
    }
}

impl fmt::Debug for Feeder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feeder").field("name", &self.name).field("rows", &self.rows).finish_non_exhaustive()
    }
}
