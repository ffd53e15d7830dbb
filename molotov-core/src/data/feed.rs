//! The source of rows and the order in which users get them, as the author of a load test writes it.

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
/// | [`sequential`](Feed::sequential) (default) | the next one of the file, whichever user comes next | with one user |
/// | [`once`](Feed::once) | the same, but no row twice | with one user |
/// | [`shuffled`](Feed::shuffled) | each user goes through all of them, in an order of its own | yes |
/// | [`random`](Feed::random) | any of them, each time | yes |
/// | [`unique`](Feed::unique) | each user goes through a share that no other user gets anything of | yes |
///
/// An order is replayable where the seed of the run, the user, and the number of rows that it had before decide about
/// its next row; then it is the same in each run, whatever the timing and the threads. Where users take from one pile,
/// timing decides which user comes next.
///
/// # End
///
/// A user that has had all rows gets them again ([`then_cycle`](Feed::then_cycle), the default but for `once`), ends
/// the run ([`then_stop`](Feed::then_stop), the default of `once`), or fails with each further iteration as
/// `data.exhausted` ([`then_fail`](Feed::then_fail)).
///
/// # Files
///
/// A file is checked in full before the run, and every row that is not a `T` is reported with its line. Files of up to
/// 64 MiB ([`keep_up_to`](Feed::keep_up_to)) are kept as rows in memory; of larger ones rows are read when they are
/// drawn, which waits for the disk where the system has not kept the file in its memory. A relative path is one below
/// the current folder, or else below the package that cargo runs. A row is up to 16 MiB.
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

/// The size up to which all rows of a file are kept.
const KEEP: u64 = 64 << 20;

impl<T: DeserializeOwned> Feed<T> {
    /// The rows of a CSV file in UTF-8, below a line with the names of the columns.
    ///
    /// By serde: the columns are the fields of `T`, in any order, and columns that it does not have are ignored
    /// (`#[serde(deny_unknown_fields)]` makes them mistakes); an empty field is `None` of an `Option`. A tuple takes all
    /// columns as they stand, and a type that is one value the only one. `HashMap<String, String>` and `serde_json::Value`
    /// take all columns by their names.
    ///
    /// A field is text, `01234` and `true` too, unless `T` asks for a number or a `bool`. Inside of `#[serde(flatten)]`
    /// and of enums without a tag serde passes no type on: there a field is text, and where that does not fit, a number
    /// or a `bool` that is written exactly so (`1234` and `1.5`, not `01234` and `1.50`).
    ///
    /// A byte order mark at the beginning, lines that end in any way, quotes and blank lines are understood. Mistakes
    /// are two columns of one name, rows with more or fewer fields than there are columns, a quote that is not closed
    /// or has text behind it (RFC 4180, section 2), and another delimiter than the one that was set.
    pub fn csv(path: impl Into<PathBuf>) -> Self {
        Self::file(path.into(), RowFormat::Csv { delimiter: b',' })
    }

    /// The rows of a file with a JSON value on each line, in UTF-8. Blank lines are skipped. Keys that `T` does not have are
    /// ignored, unless it has `#[serde(deny_unknown_fields)]`; a key that stands twice in an object is a mistake.
    pub fn json_lines(path: impl Into<PathBuf>) -> Self {
        Self::file(path.into(), RowFormat::JsonLines)
    }

    fn file(path: PathBuf, format: RowFormat) -> Self {
        Self::from_source(FeedSource::File { path, format, parse: Records::parse, keep: KEEP })
    }
}

impl<T> Feed<T> {
    /// Rows that code makes.
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
    pub fn delimiter(mut self, byte: u8) -> Self {
        if let FeedSource::File { format: RowFormat::Csv { delimiter }, .. } = &mut self.source {
            *delimiter = byte;
        }
        self
    }

    /// Up to how many bytes of a file are kept as rows in memory, where they take some times as much. Default: 64 MiB.
    pub fn keep_up_to(mut self, bytes: u64) -> Self {
        if let FeedSource::File { keep, .. } = &mut self.source {
            *keep = bytes;
        }
        self
    }

    /// The rows in their order, each to the user that comes next. This is the default.
    pub fn sequential(mut self) -> Self {
        self.order = RowOrder::Sequential;
        self
    }

    /// Each user goes through all rows in an order of its own, and then in another one.
    pub fn shuffled(mut self) -> Self {
        self.order = RowOrder::Shuffled;
        self
    }

    /// Any row, each time. It has no end.
    pub fn random(mut self) -> Self {
        self.order = RowOrder::Random;
        self
    }

    /// Each user goes through a share that no other user gets anything of: of 10 rows for 4 users, the first gets rows 0, 4
    /// and 8. A run of more users than rows is refused.
    pub fn unique(mut self) -> Self {
        self.order = RowOrder::Unique;
        self
    }

    /// The rows in their order, each to the user that comes next, and no row twice.
    pub fn once(mut self) -> Self {
        self.order = RowOrder::Once;
        self
    }

    /// Gives the rows once more to a user that has had all of them.
    pub fn then_cycle(mut self) -> Self {
        self.at_end = Some(AtEnd::Cycle);
        self
    }

    /// The run ends when a user wants another row than there are.
    pub fn then_stop(mut self) -> Self {
        self.at_end = Some(AtEnd::Stop);
        self
    }

    /// An iteration that wants another row than there are fails, as `data.exhausted`.
    pub fn then_fail(mut self) -> Self {
        self.at_end = Some(AtEnd::Fail);
        self
    }

    /// The end of the feed, where the settings go together.
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

/// The type that a `#[data]` function may return: a [`Feed`], or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned by a function with `#[data]`",
    label = "not a `Feed<T>`",
    note = "return `Feed<T>`, for instance `Feed::csv(\"accounts.csv\")`, whose rows scenarios take as `Row<T>`; or \
            `Result<Feed<T>, E>` with any `E: Display`"
)]
pub trait IntoFeed {
    /// The type of its rows.
    type Row: Send + Sync + 'static;

    /// The feed, or why there is none.
    ///
    /// # Errors
    ///
    /// The type that the function returned, in words.
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

/// A feed in a suite: `#[data]` makes one of a function, and this is the same by hand.
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
    /// A feed of this name, made anew for each run.
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

    /// Its place in the source, where that is known.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Looks at every row, and makes it ready to be drawn from.
    ///
    /// # Errors
    ///
    /// Every mistake, in words: the first ten rows that are wrong, each with its file and line, and how many more there are.
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
