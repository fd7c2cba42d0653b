//! An append-only file of records that survives a process that dies in the middle of a write.
//!
//! A record is its length, the checksum of its bytes, and the bytes. Reading stops at the first record that is not whole: everything before
//! it was written in order, everything after it was never promised to anybody.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// No record is larger; a length beyond it is a broken file, not an order to allocate.
const MOST: usize = 64 << 20;

/// Whether a record must be on the disk when the call returns, or only safe from the death of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It survives a loss of power.
    Disk,
    /// It survives the death of the process; a loss of power may lose it.
    Process,
}

/// The open file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Journal {
    /// Opens or makes the file and gives the whole records in it. Bytes behind the last whole record are cut off.
    ///
    /// # Errors
    /// When the file cannot be opened, read or cut.
    pub fn open(path: &Path) -> io::Result<(Self, Vec<Vec<u8>>)> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (records, length) = records(&bytes);
        if length < bytes.len() {
            tracing::warn!(path = %path.display(), lost = bytes.len() - length, "the journal ends in the middle of a record, cut off");
            file.set_len(length as u64)?;
        }
        file.seek(SeekFrom::Start(length as u64))?;
        Ok((Self { path: path.to_owned(), file, length: length as u64 }, records))
    }

    /// Appends records in one write. After an error the file is as before.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn append(&mut self, records: &[&[u8]], safety: Safety) -> io::Result<()> {
        let framed: Vec<u8> = records.iter().flat_map(|record| frame(record)).collect();
        let written = self.file.write_all(&framed).and_then(|()| match safety {
            Safety::Disk => self.file.sync_data(),
            Safety::Process => Ok(()),
        });
        if let Err(error) = written {
            // Half a record would hide every later one.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(error);
        }
        self.length += framed.len() as u64;
        Ok(())
    }

    /// Size of the file.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Replaces all records by others, in one step: after a crash there are either the old or the new ones.
    ///
    /// # Errors
    /// When the new file cannot be written; the old one goes on then.
    pub fn replace(&mut self, records: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
        let fresh = self.path.with_extension("new");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&fresh)?;
        let mut length = 0;
        for record in records {
            let framed = frame(&record);
            file.write_all(&framed)?;
            length += framed.len() as u64;
        }
        file.sync_data()?;
        std::fs::rename(&fresh, &self.path)?;
        sync_folder(&self.path);
        self.file = file;
        self.length = length;
        Ok(())
    }
}

/// Makes a rename in the folder of `path` durable; where that is not possible the rename still is atomic.
pub(crate) fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

/// A record with its length and checksum before it.
#[must_use]
pub fn frame(record: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(record.len() + 8);
    framed.extend(u32::try_from(record.len()).unwrap_or(u32::MAX).to_le_bytes());
    framed.extend(crc32fast::hash(record).to_le_bytes());
    framed.extend(record);
    framed
}

/// The whole records at the start of `bytes`, and where they end.
fn records(bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some((record, size)) = first_record(bytes.get(at..).unwrap_or_default()) {
        found.push(record.to_vec());
        at += size;
    }
    (found, at)
}

/// The first record of `bytes` and how many bytes it takes; `None` if it is not whole.
#[must_use]
pub fn first_record(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let word = |from: usize| bytes.get(from..from + 4).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes);
    let length = usize::try_from(word(0)?).ok().filter(|length| *length <= MOST)?;
    let record = bytes.get(8..8 + length)?;
    (crc32fast::hash(record) == word(4)?).then_some((record, 8 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_not_whole_is_cut_off_and_the_next_one_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&[b"one"], Safety::Disk).unwrap();
        journal.append(&[b"two"], Safety::Process).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for cut in 12..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, records) = Journal::open(&path).unwrap();
            assert_eq!(records, [b"one"], "cut at {cut}");
            journal.append(&[b"three"], Safety::Process).unwrap();
            drop(journal);
            assert_eq!(Journal::open(&path).unwrap().1, [b"one".to_vec(), b"three".to_vec()]);
        }
    }

    #[test]
    fn a_flipped_bit_ends_the_file() {
        let mut bytes = frame(b"hello");
        bytes[9] ^= 1;
        assert_eq!(first_record(&bytes), None);
        assert_eq!(first_record(&[0xff; 32]), None);
    }

    #[test]
    fn replacing_leaves_the_new_records_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&[b"old"], Safety::Process).unwrap();
        journal.replace([b"a".to_vec(), b"b".to_vec()].into_iter()).unwrap();
        journal.append(&[b"c"], Safety::Process).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1, [b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
    }
}
