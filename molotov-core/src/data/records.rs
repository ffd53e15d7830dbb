//! The records of an open file, in order: bounded in size, each with its position.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use csv::{ErrorKind, Position, Reader, ReaderBuilder, StringRecord};
use serde::de::DeserializeOwned;

use super::fields::{self, Unfit};
use super::json_lines::JsonLines;
use super::measured_records::{BUFFER, MeasuredRecords, RecordMark, too_long_or};
use super::quotes::{self, Stray};
use super::wrong::Wrong;
use crate::bom::without_mark;
use crate::redact;

/// Separators of the fields of a file, the most frequent first.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// The format of the rows of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowFormat {
    Csv { delimiter: u8 },
    JsonLines,
}

/// The records of an open file; the latest has just been read.
pub(super) enum Records {
    Csv(Box<Csv>),
    JsonLines(JsonLines),
}

impl Records {
    pub(super) fn open(path: &Path, format: RowFormat) -> Result<Self, Wrong> {
        // Checked before the file is opened, because opening a pipe waits for its writer.
        if !fs::metadata(path).map_err(unreadable_file)?.is_file() {
            return Err(Wrong::file("is not a file, which is read more than once"));
        }
        let mut file = File::open(path).map_err(unreadable_file)?;
        refuse_utf16(&mut file).map_err(unreadable_file)??;
        let source = MeasuredRecords::new(file);
        Ok(match format {
            RowFormat::Csv { delimiter } => Self::Csv(Box::new(Csv::new(source, delimiter)?)),
            RowFormat::JsonLines => Self::JsonLines(JsonLines::new(source)),
        })
    }

    /// Reads the next record. Returns `false` at the end.
    pub(super) fn advance(&mut self) -> Result<bool, Wrong> {
        match self {
            Self::Csv(csv) => csv.advance(),
            Self::JsonLines(lines) => lines.advance(),
        }
    }

    /// The current record as a `T`.
    pub(super) fn parse<T: DeserializeOwned>(&mut self) -> Result<T, Wrong> {
        match self {
            Self::Csv(csv) => csv.parse(),
            Self::JsonLines(lines) => lines.parse(),
        }
    }

    /// Checks for mistakes that the parser silently accepts, in a file of valid records.
    pub(super) fn check_whole(&self) -> Result<(), Wrong> {
        match self {
            Self::Csv(csv) => match csv.stray_quote() {
                Ok(None) => Ok(()),
                Ok(Some(stray)) => Err(Wrong::row(stray.line, stray.why)),
                Err(error) => Err(Wrong::file(format!("cannot be read: {error}"))),
            },
            Self::JsonLines(_) => Ok(()),
        }
    }

    /// The position of the next record, or of blank lines before it.
    pub(super) fn mark(&self) -> RecordMark {
        match self {
            Self::Csv(csv) => {
                let position = csv.reader.position();
                RecordMark { byte: position.byte(), line: position.line() }
            }
            Self::JsonLines(lines) => lines.mark(),
        }
    }

    /// Moves to the start of a record.
    pub(super) fn seek(&mut self, mark: &RecordMark) -> Result<(), Wrong> {
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

/// CSV with a header, by RFC 4180 and more leniently: all kinds of line ends are accepted, and blank lines are skipped.
pub(super) struct Csv {
    reader: Reader<MeasuredRecords>,
    delimiter: u8,
    columns: StringRecord,
    record: StringRecord,
    /// The last byte of each line, as on the line of the columns.
    end: u8,
    /// For a file whose lines end with `\r` alone, which the reader does not count: a position, and its line.
    counted: (u64, u64),
}

impl Csv {
    fn new(source: MeasuredRecords, delimiter: u8) -> Result<Self, Wrong> {
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).buffer_capacity(BUFFER).from_reader(source);
        let columns = reader.headers().cloned();
        reader.get_ref().since.set(0);
        let behind = reader.position().byte();
        let none = StringRecord::new();
        let mut csv = Self {
            reader,
            delimiter,
            columns: none.clone(),
            record: none.clone(),
            end: b'\n',
            counted: (0, 1),
        };
        let ends = csv.read_from(behind.saturating_sub(1), |bytes| [bytes.next(), bytes.next()]);
        if ends.is_ok_and(|[last, next]| last == Some(b'\r') && next != Some(b'\n')) {
            csv.end = b'\r';
        }
        let line = csv.line_after(&Position::new());
        csv.columns = columns.map_err(|error| unreadable(&error, line, &none).for_good())?;
        csv.check_columns(line)?;
        Ok(csv)
    }

    /// Checks the names of the columns, on this line.
    fn check_columns(&self, line: u64) -> Result<(), Wrong> {
        if self.columns.is_empty() {
            return Err(Wrong::file(
                "is empty; it needs a line with the names of the columns, and rows below",
            ));
        }
        match self.columns_mistake() {
            Some(mistake) => Err(Wrong::row(line, mistake).for_good()),
            None => Ok(()),
        }
    }

    /// The mistake in the names of the columns.
    fn columns_mistake(&self) -> Option<String> {
        for (index, name) in self.columns.iter().enumerate() {
            if name.contains('\0') {
                return Some(
                    "has a zero byte; is it UTF-16 without a byte order mark? save it as UTF-8".into(),
                );
            }
            if self.columns.iter().take(index).any(|other| other == name) {
                return Some(match name {
                    "" => "two columns have no name; name them, or remove the delimiters at the end".into(),
                    name if redact::is_field(name) => format!("two columns are called `{name}`; rename one"),
                    _ => "two columns are called the same; rename one".into(),
                });
            }
        }
        self.other_delimiter().map(|other| {
            format!(
                "the whole line is one column; where `{0}` stands between the fields, write `.delimiter(b'{0}')`, and \
                 otherwise rename the column",
                other.escape_debug()
            )
        })
    }

    /// The probable separator, if a whole line is a single field: the rows would have one column each.
    fn other_delimiter(&self) -> Option<char> {
        let only = self.columns.get(0).filter(|_| self.columns.len() == 1)?;
        DELIMITERS.into_iter().find(|c| *c as u32 != u32::from(self.delimiter) && only.contains(*c))
    }

    /// The first wrong quote of the file.
    fn stray_quote(&self) -> io::Result<Option<Stray>> {
        let mut file = &self.reader.get_ref().file;
        let back = file.stream_position()?;
        file.rewind()?;
        let stray = quotes::stray(file, self.delimiter);
        file.seek(SeekFrom::Start(back))?;
        stray
    }

    fn advance(&mut self) -> Result<bool, Wrong> {
        let before = self.reader.position().clone();
        let result = self.reader.read_record(&mut self.record);
        result.inspect(|_| self.reader.get_ref().since.set(0)).map_err(|error| {
            self.reader.get_ref().since.set(0);
            let line = self.line_after(&before);
            let wrong = unreadable(&error, line, &self.columns);
            if matches!(error.kind(), ErrorKind::Io(_)) { wrong.for_good() } else { wrong }
        })
    }

    fn parse<T: DeserializeOwned>(&mut self) -> Result<T, Wrong> {
        fields::parse(&self.columns, &self.record).map_err(|why| {
            let before = self.record.position().cloned().unwrap_or_else(Position::new);
            Wrong::row(self.line_after(&before), unfit(&why, &self.columns, &self.record))
        })
    }

    /// The line of the record that was read from this position: the first line that is not blank. The bytes before it
    /// are read again for that, only for messages.
    fn line_after(&mut self, before: &Position) -> u64 {
        let end = self.end;
        if end == b'\n' {
            self.counted = (before.byte(), before.line());
        } else {
            if before.byte() < self.counted.0 {
                self.counted = (0, 1);
            }
            let (from, line) = self.counted;
            let more = (before.byte() - from) as usize;
            let ends = self.read_from(from, |bytes| bytes.take(more).filter(|byte| *byte == end).count());
            self.counted = (before.byte(), line + ends.unwrap_or(0) as u64);
        }
        let blank = self.read_from(before.byte(), |bytes| {
            bytes.take_while(|byte| b"\r\n".contains(byte)).filter(|byte| *byte == end).count()
        });
        self.counted.1 + blank.unwrap_or(0) as u64
    }

    /// Calls `read` with the bytes from this position on. A second descriptor would share the position in the file, so
    /// the position is restored.
    fn read_from<T>(&self, byte: u64, read: impl FnOnce(&mut dyn Iterator<Item = u8>) -> T) -> io::Result<T> {
        let mut file = &self.reader.get_ref().file;
        let back = file.stream_position()?;
        file.seek(SeekFrom::Start(byte))?;
        let seen = read(&mut BufReader::new(file).bytes().map_while(Result::ok));
        file.seek(SeekFrom::Start(back))?;
        Ok(seen)
    }
}

/// The mistake that the parser found in a record.
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

/// The reason why a record does not fit a type, without the values in it.
fn unfit(why: &Unfit, columns: &StringRecord, record: &StringRecord) -> String {
    match why.column {
        Some(index) => {
            let value = record.get(index).unwrap_or_default();
            format!("{}: {}", column(columns, index), without_values(why, value))
        }
        None => {
            let values: Vec<_> = record.iter().collect();
            without_values(why, &values.join(" ")) + &missing(&why.text, columns)
        }
    }
}

fn without_values(why: &Unfit, values: &str) -> String {
    if why.is_ours { why.text.clone() } else { redact::message(&why.text, values) }
}

/// A column by its name; or by its number, if the first line of the file seems to have values.
fn column(columns: &StringRecord, index: usize) -> String {
    match columns.get(index).filter(|name| redact::is_field(name)) {
        Some(name) => format!("column `{name}`"),
        None => format!("column {}", index + 1),
    }
}

/// A hint at the probable name of a missing field. Columns are not all listed: in a file without a line of names, they
/// are values.
fn missing(said: &str, columns: &StringRecord) -> String {
    let Some(field) = said.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) else {
        return String::new();
    };
    let distances = columns.iter().map(|name| (distance(name, field), name));
    let near = distances.filter(|(distance, _)| *distance <= (field.len() / 3).max(1));
    match near.min_by_key(|(distance, _)| *distance) {
        Some((_, name)) => format!("; there is a column `{name}`"),
        None => format!("; the first line of the file has no such name ({} others)", columns.len()),
    }
}

fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(&one.to_lowercase(), &other.to_lowercase())
}

fn unreadable_file(error: io::Error) -> Wrong {
    Wrong::file(format!("cannot be read: {error}"))
}

/// The name of an encoding that is not supported, in place of the parser's message about every second byte.
fn refuse_utf16(file: &mut File) -> io::Result<Result<(), Wrong>> {
    let mut first = Vec::with_capacity(4);
    file.take(4).read_to_end(&mut first)?;
    file.rewind()?;
    let text = without_mark(&first);
    Ok(text.map(drop).map_err(|encoding| Wrong::file(format!("is {encoding}; save it as UTF-8"))))
}
