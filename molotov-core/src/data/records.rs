//! The records of an open file, one after the other: bounded in size, and each with its place.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use csv::{ErrorKind, Position, Reader, ReaderBuilder, StringRecord};
use serde::de::DeserializeOwned;

use super::wrong::Wrong;
use crate::redact;

/// The longest row. Without a bound, a quote that is not closed would make the rest of a file one row.
const MAX_ROW: u64 = 16 << 20;

/// How much is read at once.
const BUFFER: usize = 64 << 10;

/// The mark at the beginning of a file that says that it is UTF-8, of which spreadsheets are fond.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv { delimiter: u8 },
    JsonLines,
}

/// The records of an open file, of which one has just been read.
pub(super) enum Records {
    Csv(Box<Csv>),
    JsonLines(JsonLines),
}

/// Where a record begins.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    byte: u64,
    line: u64,
}

impl Records {
    pub(super) fn open(path: &Path, format: Format) -> Result<Self, Wrong> {
        let cannot = |error: io::Error| Wrong::file(format!("cannot be read: {error}"));
        // Before it is opened, because to open a pipe is to wait for who writes to it.
        if !fs::metadata(path).map_err(cannot)?.is_file() {
            return Err(Wrong::file("is not a file, which is read more than once"));
        }
        let mut file = File::open(path).map_err(cannot)?;
        refuse_utf16(&mut file).map_err(cannot)??;
        let source = Measured { file, since: Cell::new(0) };
        Ok(match format {
            Format::Csv { delimiter } => Self::Csv(Box::new(Csv::new(source, delimiter)?)),
            Format::JsonLines => Self::JsonLines(JsonLines::new(source)),
        })
    }

    /// Reads the next record. False when there is none.
    pub(super) fn advance(&mut self) -> Result<bool, Wrong> {
        match self {
            Self::Csv(csv) => csv.advance(),
            Self::JsonLines(lines) => lines.advance(),
        }
    }

    /// The record that was read, as a `T`.
    pub(super) fn parse<T: DeserializeOwned>(&mut self) -> Result<T, Wrong> {
        match self {
            Self::Csv(csv) => csv.parse(),
            Self::JsonLines(lines) => lines.parse(),
        }
    }

    /// Where the next record begins, or blank lines before it.
    pub(super) fn mark(&self) -> Mark {
        match self {
            Self::Csv(csv) => {
                let position = csv.reader.position();
                Mark { byte: position.byte(), line: position.line() }
            }
            Self::JsonLines(lines) => Mark { byte: lines.byte, line: lines.next_line },
        }
    }

    /// Goes to where a record begins.
    pub(super) fn seek(&mut self, mark: &Mark) -> Result<(), Wrong> {
        let moved = match self {
            Self::Csv(csv) => {
                let mut position = Position::new();
                position.set_byte(mark.byte).set_line(mark.line);
                csv.reader.seek(position).map_err(|error| error.to_string())
            }
            Self::JsonLines(lines) => lines.seek(mark).map_err(|error| error.to_string()),
        };
        moved.map_err(|error| Wrong::row(mark.line, format!("cannot be read: {error}")).for_good())
    }
}

/// CSV with a header, by RFC 4180 and more leniently: lines may end in any way, and blank ones are skipped.
pub(super) struct Csv {
    reader: Reader<Measured>,
    columns: StringRecord,
    record: StringRecord,
    /// The byte that ends lines, as it ended the one of the columns.
    end: u8,
    /// Of a file whose lines end with `\r` alone, which the reader does not count: a place, and its line.
    counted: (u64, u64),
}

impl Csv {
    fn new(source: Measured, delimiter: u8) -> Result<Self, Wrong> {
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).buffer_capacity(BUFFER).from_reader(source);
        let columns = reader.headers().cloned();
        reader.get_ref().since.set(0);
        let behind = reader.position().byte();
        let none = StringRecord::new();
        let mut csv =
            Self { reader, columns: none.clone(), record: none.clone(), end: b'\n', counted: (0, 1) };
        let ends = csv.read_from(behind.saturating_sub(1), |bytes| [bytes.next(), bytes.next()]);
        if ends.is_ok_and(|[last, next]| last == Some(b'\r') && next != Some(b'\n')) {
            csv.end = b'\r';
        }
        let line = csv.line_after(&Position::new());
        csv.columns = columns.map_err(|error| unreadable(&error, line, &none).for_good())?;
        csv.check_columns(line)?;
        Ok(csv)
    }

    /// Looks at the names of the columns, on this line.
    fn check_columns(&self, line: u64) -> Result<(), Wrong> {
        if self.columns.is_empty() {
            return Err(Wrong::file(
                "is empty; it needs a line with the names of the columns, and rows below",
            ));
        }
        for (index, name) in self.columns.iter().enumerate() {
            if self.columns.iter().take(index).any(|other| other == name) {
                let named = if redact::is_field(name) { format!("`{name}`") } else { "the same".into() };
                let why = format!("two columns are called {named}; rename one");
                return Err(Wrong::row(line, why).for_good());
            }
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<bool, Wrong> {
        let before = self.reader.position().clone();
        let result = self.reader.read_record(&mut self.record);
        let is_broken = |error: &csv::Error| matches!(error.kind(), ErrorKind::Io(_));
        result.inspect(|_| self.reader.get_ref().since.set(0)).map_err(|error| {
            self.reader.get_ref().since.set(0);
            let line = self.line_after(&before);
            let wrong = unreadable(&error, line, &self.columns);
            if is_broken(&error) { wrong.for_good() } else { wrong }
        })
    }

    fn parse<T: DeserializeOwned>(&mut self) -> Result<T, Wrong> {
        self.record.deserialize(Some(&self.columns)).map_err(|error| {
            let before = self.record.position().cloned().unwrap_or_else(Position::new);
            let line = self.line_after(&before);
            mistyped(&error, line, &self.columns, &self.record)
        })
    }

    /// The line on which the record begins that was read from there: the first that is not blank. What was read before is
    /// read once more for it, which is only done for messages.
    fn line_after(&mut self, before: &Position) -> u64 {
        let end = self.end;
        let is_end = move |byte: &u8| *byte == end;
        if end == b'\n' {
            self.counted = (before.byte(), before.line());
        } else {
            if before.byte() < self.counted.0 {
                self.counted = (0, 1);
            }
            let (from, line) = self.counted;
            let more = (before.byte() - from) as usize;
            let ends = self.read_from(from, |bytes| bytes.take(more).filter(is_end).count());
            self.counted = (before.byte(), line + ends.unwrap_or(0) as u64);
        }
        let blank = self.read_from(before.byte(), |bytes| {
            bytes.take_while(|byte| b"\r\n".contains(byte)).filter(is_end).count()
        });
        self.counted.1 + blank.unwrap_or(0) as u64
    }

    /// What `read` makes of the bytes from this one on. A descriptor of its own would have the same place in the file, so
    /// the place is put back.
    fn read_from<T>(&self, byte: u64, read: impl FnOnce(&mut dyn Iterator<Item = u8>) -> T) -> io::Result<T> {
        let mut file = &self.reader.get_ref().file;
        let back = file.stream_position()?;
        file.seek(SeekFrom::Start(byte))?;
        let seen = read(&mut BufReader::new(file).bytes().map_while(Result::ok));
        file.seek(SeekFrom::Start(back))?;
        Ok(seen)
    }
}

/// What the parser has against a record.
fn unreadable(error: &csv::Error, line: u64, columns: &StringRecord) -> Wrong {
    let text = match error.kind() {
        ErrorKind::Utf8 { err, .. } => match columns.get(err.field()) {
            Some(_) => format!("{} is not UTF-8; save the file as UTF-8", column(columns, err.field())),
            None => "is not UTF-8; save the file as UTF-8".into(),
        },
        ErrorKind::UnequalLengths { expected_len, len, .. } => format!(
            "has {len} {}, but there are {expected_len} {}",
            if *len == 1 { "field" } else { "fields" },
            if *expected_len == 1 { "column" } else { "columns" },
        ),
        ErrorKind::Io(error) => return too_long_or(error, line),
        _ => error.to_string(),
    };
    Wrong::row(line, text)
}

/// What a type has against a record, without what stands in it.
fn mistyped(error: &csv::Error, line: u64, columns: &StringRecord, record: &StringRecord) -> Wrong {
    let ErrorKind::Deserialize { err, .. } = error.kind() else { return unreadable(error, line, columns) };
    let said = err.kind().to_string();
    let text = match err.field().map(|field| field as usize) {
        Some(field) => {
            let value = record.get(field).unwrap_or_default();
            format!("{}: {}", column(columns, field), redact::message(&said, value))
        }
        None => {
            let values: Vec<_> = record.iter().collect();
            redact::message(&said, &values.join(" ")) + &missing(&said, columns)
        }
    };
    Wrong::row(line, text)
}

/// A column by its name; or by its number, where the first line of the file seems to be one of values.
fn column(columns: &StringRecord, index: usize) -> String {
    match columns.get(index).filter(|name| redact::is_field(name)) {
        Some(name) => format!("column `{name}`"),
        None => format!("column {}", index + 1),
    }
}

/// What may be meant by a field that is missing. Not all columns are listed: in a file without a line of names, they are
/// values.
fn missing(said: &str, columns: &StringRecord) -> String {
    let Some(field) = said.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) else {
        return String::new();
    };
    let distance = |name: &str| strsim::osa_distance(&name.to_lowercase(), &field.to_lowercase());
    let near = columns.iter().filter(|name| distance(name) <= (field.len() / 3).max(1));
    match near.min_by_key(|name| distance(name)) {
        Some(name) => format!("; there is a column `{name}`"),
        None => format!("; the first line of the file has no such name ({} others)", columns.len()),
    }
}

fn too_long_or(error: &io::Error, line: u64) -> Wrong {
    if error.kind() == io::ErrorKind::FileTooLarge {
        Wrong::row(line, format!("{error}; is a quote not closed, or a line not ended?"))
    } else {
        Wrong::row(line, format!("cannot be read: {error}"))
    }
    .for_good()
}

/// A JSON value on each line; blank lines are skipped.
pub(super) struct JsonLines {
    reader: BufReader<Measured>,
    text: Vec<u8>,
    /// The line of the text, and that of what comes next.
    line: u64,
    next_line: u64,
    /// Where what comes next begins.
    byte: u64,
}

impl JsonLines {
    fn new(source: Measured) -> Self {
        let reader = BufReader::with_capacity(BUFFER, source);
        Self { reader, text: Vec::new(), line: 0, next_line: 1, byte: 0 }
    }

    fn advance(&mut self) -> Result<bool, Wrong> {
        loop {
            self.text.clear();
            self.line = self.next_line;
            let read = self.reader.read_until(b'\n', &mut self.text);
            let read = read.map_err(|error| too_long_or(&error, self.line))?;
            self.reader.get_ref().since.set(0);
            if read == 0 {
                return Ok(false);
            }
            if self.byte == 0 && self.text.starts_with(BOM) {
                self.text.drain(..BOM.len());
            }
            self.byte += read as u64;
            self.next_line += 1;
            if !self.text.iter().all(u8::is_ascii_whitespace) {
                return Ok(true);
            }
        }
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, Wrong> {
        let text = std::str::from_utf8(&self.text).map_err(|error| {
            Wrong::row(self.line, "is not UTF-8; save the file as UTF-8").at_byte(error.valid_up_to() + 1)
        })?;
        // Without the end of the line, so that what is missing is missing on this line.
        let text = text.trim_end();
        serde_json::from_str(text).map_err(|error| {
            Wrong::row(self.line, redact::json_line(&error, text)).at_byte(error.column().max(1))
        })
    }

    fn seek(&mut self, mark: &Mark) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(mark.byte))?;
        self.reader.get_ref().since.set(0);
        (self.byte, self.next_line) = (mark.byte, mark.line);
        Ok(())
    }
}

/// A file, and how much was read of it since the last record.
struct Measured {
    file: File,
    since: Cell<u64>,
}

impl Read for Measured {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.since.set(self.since.get() + read as u64);
        if self.since.get() > MAX_ROW + BUFFER as u64 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "is longer than 16 MiB"));
        }
        Ok(read)
    }
}

impl Seek for Measured {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.since.set(0);
        self.file.seek(to)
    }
}

/// Says it in one word, instead of what a parser makes of every second byte.
fn refuse_utf16(file: &mut File) -> io::Result<Result<(), Wrong>> {
    let mut first = Vec::with_capacity(2);
    file.take(2).read_to_end(&mut first)?;
    file.rewind()?;
    let is_utf16 = first == [0xFF, 0xFE] || first == [0xFE, 0xFF];
    Ok(if is_utf16 { Err(Wrong::file("is UTF-16; save it as UTF-8")) } else { Ok(()) })
}
