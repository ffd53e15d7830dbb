//! The file of a results writer: pieces of whole lines, each plain or a gzip member.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::output::place::{self, PlaceKind};

/// The lines of a single write.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    text: String,
    count: u64,
}

impl LineBuffer {
    pub(super) fn push(&mut self, line: &impl Serialize) {
        // Writing plain values with text keys to memory cannot fail.
        let text =
            serde_json::to_string(line).unwrap_or_else(|error| unreachable!("a line is plain data: {error}"));
        self.text.push_str(&text);
        self.text.push('\n');
        self.count += 1;
    }

    /// The number of lines since the last call.
    pub(super) fn take_count(&mut self) -> u64 {
        std::mem::take(&mut self.count)
    }

    pub(super) fn take_text(&mut self) -> String {
        self.count = 0;
        std::mem::take(&mut self.text)
    }
}

/// The compression of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
}

impl Packing {
    fn from_path(path: &Path) -> Self {
        let is_gzip = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        if is_gzip { Self::Gzip } else { Self::Plain }
    }
}

/// The destination of results.
pub(super) struct ResultsSink {
    out: Box<dyn Write + Send>,
    /// The file, if it is one and can be synchronised.
    file: Option<File>,
    packing: Packing,
}

impl ResultsSink {
    /// Opens the file with access for its owner only, and replaces an existing one.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be created, or is a folder.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let packing = Packing::from_path(path);
        if !matches!(PlaceKind::from_path(path), PlaceKind::File | PlaceKind::Folder) {
            return Ok(Self { out: place::open(path)?, file: None, packing });
        }
        let file = create_private(path)?;
        Ok(Self { out: Box::new(file.try_clone()?), file: Some(file), packing })
    }

    /// Writes a piece of whole lines to the system.
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        match self.packing {
            Packing::Plain => self.out.write_all(text.as_bytes())?,
            Packing::Gzip => self.out.write_all(&gzip_member(text)?)?,
        }
        self.out.flush()
    }

    /// Waits until the data is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}

fn gzip_member(text: &str) -> io::Result<Vec<u8>> {
    let mut member = GzEncoder::new(Vec::new(), Compression::default());
    member.write_all(text.as_bytes())?;
    member.finish()
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::fs::Permissions;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // An existing file keeps its mode otherwise.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}
