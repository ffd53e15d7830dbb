//! The source of rows and the order in which users get them, as set by the author of a load test.

use std::any::{TypeId, type_name};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::feeder::Feeder;
use super::load;
use super::order::{AtEnd, RowOrder};
use super::parse::Parse;
use super::records::{Records, RowFormat};
use crate::origin::Origin;
use crate::redact;

/// Rows of type `T`, and the order in which users get them: the value that a `#[data]` function returns.
///
/// ```
/// use molotov::Feed;
///
/// #[derive(serde::Deserialize)]
/// struct Account {
///     name: String,
///     password: String,
/// }
///
/// fn accounts() -> Feed<Account> {
///     Feed::csv("accounts.csv").unique()
/// }
/// ```
///
/// # Order
///
/// | | the rows of a user | replayable |
/// |---|---|---|
/// | [`sequential`](Feed::sequential) (default) | the next row of the file, for any user | with one user |
/// | [`once`](Feed::once) | the same, but no row twice | with one user |
/// | [`shuffled`](Feed::shuffled) | all rows, in an order of the user's own | yes |
/// | [`random`](Feed::random) | a random row each time | yes |
/// | [`unique`](Feed::unique) | a share of the rows that belongs to this user alone | yes |
///
/// An order is replayable if the next row of a user depends only on the seed of the run, the user, and the number of
/// rows that the user had before; then it is the same in each run, independent of timing and threads. If users share
/// the rows, timing decides which user comes next.
///
/// # End
///
/// When a user has used every row, the feed starts over ([`then_cycle`](Feed::then_cycle), the default except for
/// `once`), the run ends ([`then_stop`](Feed::then_stop), the default of `once`), or each further iteration fails as
/// `data.exhausted` ([`then_fail`](Feed::then_fail)).
///
/// # Files
///
/// A file is checked in full before the run, and every row that is not a valid `T` is reported with its line. The rows
/// of files of up to 64 MiB ([`keep_up_to`](Feed::keep_up_to)) are kept in memory; the rows of larger files are read
/// when they are drawn, which waits for the disk unless the system has the file in its memory. A relative path starts
/// in the current folder, or else in the folder of the package that cargo runs. A row has at most 16 MiB.
#[must_use = "a feed does nothing until a suite has it: `#[data]` on the function that returns it"]
pub struct Feed<T> {
    source: FeedSource<T>,
    order: RowOrder,
    at_end: Option<AtEnd>,
}

enum FeedSource<T> {
    Rows(Vec<T>),
    File { path: PathBuf, format: RowFormat, parse: Parse<T>, keep: u64 },
}

/// The size limit of files whose rows are kept.
const KEEP: u64 = 64 << 20;

impl<T: DeserializeOwned> Feed<T> {
    /// The rows of a CSV file in UTF-8, below a line with the names of the columns.
    ///
    /// Rows are read by serde: the columns are the fields of `T`, in any order. Other columns are ignored
    /// (`#[serde(deny_unknown_fields)]` makes them mistakes); an empty field is `None` of an `Option`. A tuple takes
    /// all columns in order, and a type of a single value takes the only column. `HashMap<String, String>` and
    /// `serde_json::Value` take all columns by name.
    ///
    /// A field is text, even `01234` or `true`, unless `T` requests a number or a `bool`. Inside of `#[serde(flatten)]`
    /// and of untagged enums serde passes no type on: there a field is text, and if text does not fit, a number or a
    /// `bool` with exactly this form (`1234` and `1.5`, not `01234` and `1.50`).
    ///
    /// A byte order mark at the start, all kinds of line ends, quotes and blank lines are accepted. Mistakes are two
    /// columns with the same name, rows with more or fewer fields than columns, a quote that is not closed or has text
    /// behind it (RFC 4180, section 2), and a delimiter other than the configured one.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// #[derive(serde::Deserialize)]
    /// struct Account {
    ///     name: String,
    ///     password: String,
    /// }
    ///
    /// // accounts.csv: `name,password`, `ann,secret`, …
    /// fn accounts() -> Feed<Account> {
    ///     Feed::csv("data/accounts.csv").unique()
    /// }
    /// ```
    pub fn csv(path: impl Into<PathBuf>) -> Self {
        Self::file(path.into(), RowFormat::Csv { delimiter: b',' })
    }

    /// The rows of a file with a JSON value on each line, in UTF-8. Blank lines are skipped. Keys that `T` does not
    /// have are ignored, unless it has `#[serde(deny_unknown_fields)]`; a duplicate key in an object is a mistake.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// #[derive(serde::Deserialize)]
    /// struct Order {
    ///     item: u64,
    ///     coupon: Option<String>,
    /// }
    ///
    /// // orders.jsonl: `{"item": 7}`, `{"item": 8, "coupon": "spring"}`, …
    /// fn orders() -> Feed<Order> {
    ///     Feed::json_lines("data/orders.jsonl").once()
    /// }
    /// ```
    pub fn json_lines(path: impl Into<PathBuf>) -> Self {
        Self::file(path.into(), RowFormat::JsonLines)
    }

    fn file(path: PathBuf, format: RowFormat) -> Self {
        Self::from_source(FeedSource::File { path, format, parse: Records::parse, keep: KEEP })
    }
}

impl<T> Feed<T> {
    /// Rows from code.
    ///
    /// ```
    /// use molotov::Feed;
    ///
    /// fn words() -> Feed<&'static str> {
    ///     Feed::rows(["molotov", "cocktail"]).random()
    /// }
    /// ```
    pub fn rows(rows: impl IntoIterator<Item = T>) -> Self {
        Self::from_source(FeedSource::Rows(rows.into_iter().collect()))
    }

    fn from_source(source: FeedSource<T>) -> Self {
        Self { source, order: RowOrder::Sequential, at_end: None }
    }

    /// Sets the separator of the fields of a CSV file. Default: a comma; spreadsheets also write semicolons and tabs.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let accounts: Feed<(String, String)> = Feed::csv("data/accounts.csv").delimiter(b';');
    /// ```
    pub fn delimiter(mut self, byte: u8) -> Self {
        if let FeedSource::File { format: RowFormat::Csv { delimiter }, .. } = &mut self.source {
            *delimiter = byte;
        }
        self
    }

    /// Sets the size limit, in bytes, of files whose rows are kept in memory. Rows in memory take a few times the size
    /// of the file. Default: 64 MiB.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let searches: Feed<String> = Feed::csv("data/searches.csv").keep_up_to(512 << 20);
    /// ```
    pub fn keep_up_to(mut self, bytes: u64) -> Self {
        if let FeedSource::File { keep, .. } = &mut self.source {
            *keep = bytes;
        }
        self
    }

    /// Gives the rows in their order, each to the next user. This is the default.
    pub fn sequential(mut self) -> Self {
        self.order = RowOrder::Sequential;
        self
    }

    /// Gives each user all rows in an order of the user's own, and then in another order.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let searches: Feed<String> = Feed::csv("data/searches.csv").shuffled();
    /// ```
    pub fn shuffled(mut self) -> Self {
        self.order = RowOrder::Shuffled;
        self
    }

    /// Gives a random row each time. Such a feed has no end.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let items: Feed<u64> = Feed::rows(1..=1_000).random();
    /// ```
    pub fn random(mut self) -> Self {
        self.order = RowOrder::Random;
        self
    }

    /// Gives each user the rows of a share that belongs to this user alone: of 10 rows for 4 users, the first user gets
    /// rows 0, 4 and 8. A run with more users than rows is refused.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// // With 20 accounts, at most 20 users; each logs in with accounts of its own.
    /// let accounts: Feed<(String, String)> = Feed::csv("data/accounts.csv").unique();
    /// ```
    pub fn unique(mut self) -> Self {
        self.order = RowOrder::Unique;
        self
    }

    /// Gives the rows in their order, each to the next user, and no row twice.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// // Each coupon is used at most once; the run ends after the last.
    /// let coupons: Feed<String> = Feed::csv("data/coupons.csv").once();
    /// ```
    pub fn once(mut self) -> Self {
        self.order = RowOrder::Once;
        self
    }

    /// Starts over when a user has used every row. This is the default, except for [`Feed::once`].
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let items: Feed<u64> = Feed::rows(1..=10).unique().then_cycle();
    /// ```
    pub fn then_cycle(mut self) -> Self {
        self.at_end = Some(AtEnd::Cycle);
        self
    }

    /// Ends the run when a user needs a row and every row is used.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let orders: Feed<u64> = Feed::rows(1..=1_000).sequential().then_stop();
    /// ```
    pub fn then_stop(mut self) -> Self {
        self.at_end = Some(AtEnd::Stop);
        self
    }

    /// Fails an iteration as `data.exhausted` when it needs a row and every row is used.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// let coupons: Feed<String> = Feed::csv("data/coupons.csv").once().then_fail();
    /// ```
    pub fn then_fail(mut self) -> Self {
        self.at_end = Some(AtEnd::Fail);
        self
    }

    /// The rule for the end of the feed, if it fits the order.
    fn at_end(&self) -> Result<AtEnd, String> {
        match (self.order, self.at_end) {
            (RowOrder::Random, Some(AtEnd::Stop | AtEnd::Fail)) => {
                Err("is `random()`, which has no end; leave out what is to happen then".into())
            }
            (RowOrder::Once, Some(AtEnd::Cycle)) => {
                Err("is `once()`, and `then_cycle()` would give rows twice; leave one of them out".into())
            }
            (RowOrder::Once, None) => Ok(AtEnd::Stop),
            (_, at_end) => Ok(at_end.unwrap_or(AtEnd::Cycle)),
        }
    }
}

impl<T: Send + Sync + 'static> Feed<T> {
    fn load(self, name: &str) -> Result<Feeder, Vec<String>> {
        let (order, at_end) = (self.order, self.at_end().map_err(|why| vec![why])?);
        let (store, rows) = match self.source {
            FeedSource::Rows(rows) => load::rows(rows),
            FeedSource::File { path, format, parse, keep } => load::file(&path, format, parse, keep),
        }?;
        Ok(Feeder::new(name.to_owned(), order, at_end, rows, store))
    }
}

impl<T> fmt::Debug for Feed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("order", &self.order)
            .field("at_end", &self.at_end)
            .finish_non_exhaustive()
    }
}

/// The return type of a `#[data]` function: a [`Feed`], or a `Result` of a feed.
///
/// ```
/// # use molotov::prelude::*;
/// // A failure is a mistake that is reported before the run.
/// fn words() -> std::result::Result<Feed<String>, std::io::Error> {
///     Ok(Feed::rows(std::fs::read_to_string("data/words.txt")?.lines().map(str::to_owned)))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned by a function with `#[data]`",
    label = "not a `Feed<T>`",
    note = "return `Feed<T>`, for instance `Feed::csv(\"accounts.csv\")`, whose rows scenarios take as `Row<T>`; or \
            `Result<Feed<T>, E>` with any `E: Display`"
)]
pub trait IntoFeed {
    /// The type of its rows.
    type Row: Send + Sync + 'static;

    /// Returns the feed, or the reason why there is none.
    ///
    /// # Errors
    ///
    /// The name of the return type.
    fn into_feed(self) -> Result<Feed<Self::Row>, String>;
}

impl<T: Send + Sync + 'static> IntoFeed for Feed<T> {
    type Row = T;

    fn into_feed(self) -> Result<Self, String> {
        Ok(self)
    }
}

impl<T: Send + Sync + 'static, E: fmt::Display> IntoFeed for Result<Feed<T>, E> {
    type Row = T;

    fn into_feed(self) -> Result<Feed<T>, String> {
        self.map_err(|error| redact::owned(format!("{error:#}")))
    }
}

/// A feed in a suite. `#[data]` makes it from a function; the same by hand:
///
/// ```
/// use molotov::data::Data;
/// use molotov::{Feed, Row, Scenario, Suite};
///
/// async fn search(word: Row<&'static str>) {
///     assert!(["molotov", "cocktail"].contains(&*word));
/// }
///
/// let suite = Suite::new()
///     .data(Data::new("words", || Feed::rows(["molotov", "cocktail"])))
///     .scenario(
///         Scenario::builder("search", |mut cx| Box::pin(async move { Ok(search(cx.arg()).await) }))
///             .needs::<Row<&'static str>>(),
///     );
/// assert!(suite.check(&[]).is_empty());
/// ```
#[derive(Clone)]
pub struct Data {
    name: String,
    provides: (TypeId, &'static str),
    origin: Option<Origin>,
    load: Load,
}

type Load = Arc<dyn Fn(&str) -> Result<Feeder, Vec<String>> + Send + Sync>;

impl Data {
    /// A feed of this name, made again for each run.
    pub fn new<R: IntoFeed>(name: impl Into<String>, make: impl Fn() -> R + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            provides: (TypeId::of::<R::Row>(), type_name::<R::Row>()),
            origin: None,
            load: Arc::new(move |name| match catch_unwind(AssertUnwindSafe(&make)) {
                Ok(made) => made.into_feed().map_err(|why| vec![why])?.load(name),
                Err(_) => Err(vec!["panicked".into()]),
            }),
        }
    }

    /// Sets its place in the source, for messages.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type of its rows, and the type's name.
    pub fn provides(&self) -> (TypeId, &'static str) {
        self.provides
    }

    /// Its place in the source, if that is known.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Checks every row, and prepares the feed for draws.
    ///
    /// # Errors
    ///
    /// Returns every mistake, in words: the first ten wrong rows, each with its file and line, and the number of
    /// further ones.
    pub fn load(&self) -> Result<Feeder, Vec<String>> {
        let place = self.origin.map_or_else(|| "built by hand".into(), |origin| origin.to_string());
        (self.load)(&self.name).map_err(|problems| {
            problems.iter().map(|why| format!("the data `{}` ({place}): {why}", self.name)).collect()
        })
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data").field("name", &self.name).finish_non_exhaustive()
    }
}
