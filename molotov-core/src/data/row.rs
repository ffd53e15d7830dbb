//! A row, and the rows of one call.

use std::any::{Any, TypeId};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A row of the `#[data]` feeder that yields `T`; each iteration gets a fresh row.
///
/// It can be used like a `&T`.
///
/// ```
/// use molotov::{Result, Row, Session};
///
/// #[derive(serde::Deserialize)]
/// struct Account {
///     name: String,
///     password: String,
/// }
///
/// async fn log_in(session: &mut Session, account: Row<Account>) -> Result {
///     session.post("/login").form([("name", &account.name), ("password", &account.password)]).send().await?;
///     Ok(())
/// }
/// ```
pub struct Row<T> {
    held: RowValue<T>,
    index: u64,
}

/// A row in memory, or a row that was read for this draw.
enum RowValue<T> {
    Kept(Arc<Vec<T>>, usize),
    Read(Arc<T>),
}

impl<T> Row<T> {
    /// The row at this index of the rows in memory.
    pub(super) fn kept(rows: &Arc<Vec<T>>, index: usize) -> Self {
        Self { held: RowValue::Kept(Arc::clone(rows), index), index: index as u64 }
    }

    pub(super) fn read(row: T, index: u64) -> Self {
        Self { held: RowValue::Read(Arc::new(row)), index }
    }

    /// A row with this value, for tests of functions that take a row.
    ///
    /// ```
    /// use molotov::Row;
    ///
    /// let row = Row::new(("ann", "secret"));
    /// assert_eq!((row.0, row.index()), ("ann", 0));
    /// ```
    pub fn new(value: T) -> Self {
        Self::read(value, 0)
    }

    /// The index of this row in the order of the file, from 0.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// # let account = Row::new("ann");
    /// session.log(format_args!("{} is account {}", *account, account.index()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn index(&self) -> u64 {
        self.index
    }
}

impl<T> Deref for Row<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.held {
            RowValue::Kept(rows, index) => &rows[*index],
            RowValue::Read(row) => row,
        }
    }
}

impl<T> Clone for Row<T> {
    fn clone(&self) -> Self {
        let held = match &self.held {
            RowValue::Kept(rows, index) => RowValue::Kept(Arc::clone(rows), *index),
            RowValue::Read(row) => RowValue::Read(Arc::clone(row)),
        };
        Self { held, index: self.index }
    }
}

impl<T: fmt::Debug> fmt::Debug for Row<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The rows that were drawn for one call, for a runner.
#[derive(Default)]
pub struct Rows(Vec<(TypeId, Box<dyn Any + Send>)>);

impl Rows {
    pub(super) fn push<T: Send + Sync + 'static>(&mut self, row: Row<T>) {
        self.0.push((TypeId::of::<T>(), Box::new(row)));
    }

    /// The first row of this type that was not taken yet.
    pub(crate) fn remove<T: Send + Sync + 'static>(&mut self) -> Option<Row<T>> {
        let index = self.0.iter().position(|(id, _)| *id == TypeId::of::<T>())?;
        self.0.remove(index).1.downcast().ok().map(|row| *row)
    }
}

impl fmt::Debug for Rows {
    // The values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("rows", &self.0.len()).finish()
    }
}
