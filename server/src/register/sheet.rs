//! Bytes to rows: `.xlsx` workbooks and `.csv` text in UTF-8, UTF-16 or GB18030, all within bounds.
//!
//! Cells stream by; a sheet that claims to reach to the last column of the last row costs what is really in it.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx};

use super::{CELL_CHARS_MAX, COLUMNS_MAX, FILE_SIZE_BYTES_MAX, INFLATED_SIZE_BYTES_MAX, RegisterError};

/// What stands in a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Cell {
    #[default]
    Empty,
    /// Trimmed, not empty, at most [`CELL_CHARS_MAX`] characters.
    Text(String),
    Number(f64),
    /// A day a workbook stores as such, `YYYY-MM-DD`.
    Date(String),
    Bool(bool),
}

/// A row with anything in it.
#[derive(Debug)]
pub(super) struct Row {
    /// From 1, as the spreadsheet shows it.
    pub(super) number: u32,
    pub(super) cells: Vec<Cell>,
}

/// What the reader of rows wants next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Row,
    /// This sheet is of no use; try the next.
    Sheet,
    /// Enough.
    Stop,
}

/// Whether some characters of a text could not be read.
pub(super) type Undecodable = bool;

/// Hands every row to `take`, sheet after sheet. `None` stands between two sheets.
pub(super) fn for_each_row(
    bytes: &[u8],
    take: &mut dyn FnMut(Option<Row>) -> Next,
) -> Result<Undecodable, RegisterError> {
    if bytes.len() > FILE_SIZE_BYTES_MAX {
        return Err(RegisterError::TooLarge);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        // The reader of workbooks panics on some damaged ones, such as a sheet whose range ends before it begins. What
        // was read until then is dropped with the error.
        let read = catch_unwind(AssertUnwindSafe(|| workbook(bytes, take)));
        return read.unwrap_or(Err(RegisterError::NotASheet)).map(|()| false);
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(RegisterError::OldWorkbook);
    }
    let (text, undecodable) = decode(bytes);
    if text.contains('\0') {
        return Err(RegisterError::NotASheet);
    }
    separated(&text, take);
    Ok(undecodable)
}

fn workbook(bytes: &[u8], take: &mut dyn FnMut(Option<Row>) -> Next) -> Result<(), RegisterError> {
    check_inflated_size(bytes, INFLATED_SIZE_BYTES_MAX)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| RegisterError::NotASheet)?;
    for name in book.sheet_names() {
        // Charts and the like are sheets without cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        let mut row: Option<Row> = None;
        let mut next = Next::Row;
        while let Some(cell) = cells.next_cell().map_err(|_| RegisterError::NotASheet)? {
            let (row_index, column) = cell.get_position();
            let number = row_index.saturating_add(1);
            if row.as_ref().is_some_and(|row| row.number != number) {
                next = take(row.take());
                if next != Next::Row {
                    break;
                }
            }
            let value = of_workbook(cell.get_value());
            let column = column as usize;
            if value == Cell::Empty || column >= COLUMNS_MAX {
                continue;
            }
            let cells = &mut row
                .get_or_insert_with(|| Row {
                    number,
                    cells: Vec::new(),
                })
                .cells;
            if cells.len() <= column {
                cells.resize(column + 1, Cell::Empty);
            }
            cells[column] = value;
        }
        if next == Next::Row && row.is_some() {
            next = take(row);
        }
        if next == Next::Stop || take(None) == Next::Stop {
            break;
        }
    }
    Ok(())
}

/// Inflates every part into nothing, so that what a file claims about its sizes need not be believed.
fn check_inflated_size(bytes: &[u8], limit: u64) -> Result<(), RegisterError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| RegisterError::NotASheet)?;
    let mut left = limit;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| RegisterError::NotASheet)?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|_| RegisterError::NotASheet)?;
        left = left.checked_sub(size).ok_or(RegisterError::TooLarge)?;
    }
    Ok(())
}

fn of_workbook(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) => of_text(text),
        DataRef::SharedString(text) => of_text(text),
        DataRef::Bool(yes) => Cell::Bool(*yes),
        DataRef::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            Cell::Date(format!("{year:04}-{month:02}-{day:02}"))
        }
        DataRef::DateTimeIso(text) => Cell::Date(text.chars().take(10).collect()),
        DataRef::DurationIso(_) | DataRef::Error(_) | DataRef::Empty => Cell::Empty,
    }
}

/// Control characters become blanks: a sheet is full of line breaks meant to look nice.
fn of_text(text: &str) -> Cell {
    let kept: String = text
        .trim()
        .trim_start_matches(['\'', '\u{feff}'])
        .chars()
        .take(CELL_CHARS_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if kept.trim().is_empty() {
        Cell::Empty
    } else {
        Cell::Text(kept.trim().to_owned())
    }
}

/// UTF-8 if it is, otherwise the encoding of Chinese office programs.
fn decode(bytes: &[u8]) -> (Cow<'_, str>, Undecodable) {
    if let Some((encoding, mark_len)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, undecodable) = encoding.decode_without_bom_handling(&bytes[mark_len..]);
        return (text, undecodable);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.into(), false),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(bytes),
    }
}

fn separated(text: &str, take: &mut dyn FnMut(Option<Row>) -> Next) {
    let text = text.replace("\r\n", "\n");
    let head: String = text.lines().take(super::HEADER_ROWS_MAX).collect();
    let count = |separator: char| head.matches(separator).count();
    let separator = if count('\t') > count(',') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut number: u32 = 0;
    // The text is valid UTF-8, so a record cannot fail to be read.
    while let Ok(true) = reader.read_record(&mut record) {
        // A spreadsheet counts blank lines, which the reader skips, and not the lines within a cell.
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let blank = text
            .as_bytes()
            .get(start..)
            .map_or(0, |rest| rest.iter().take_while(|b| **b == b'\n').count());
        number = number.saturating_add(1 + blank as u32);
        let cells: Vec<Cell> = record.iter().take(COLUMNS_MAX).map(of_text).collect();
        if cells.iter().all(|cell| *cell == Cell::Empty) {
            continue;
        }
        if take(Some(Row { number, cells })) != Next::Row {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_that_inflates_too_far_is_refused() {
        let rows = vec![vec!["同一个字".to_owned(); 20]; 500];
        let bytes = qiao_demo::generator::register::workbook(&["户编号", "户主姓名"], &rows).unwrap();
        assert_eq!(check_inflated_size(&bytes, 10_000_000), Ok(()));
        assert_eq!(check_inflated_size(&bytes, 100_000), Err(RegisterError::TooLarge));
        assert!(bytes.len() < 100_000, "the file itself is smaller than the bound");
    }

    #[test]
    fn a_sheet_whose_range_ends_before_it_begins_does_no_harm() {
        let bytes = qiao_demo::generator::register::workbook(&["户编号", "户主姓名"], &[]).unwrap();
        let mut parts = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let mut damaged = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..parts.len() {
            let mut part = parts.by_index(index).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            let text = text.replace("<dimension ref=\"A1:B1\"/>", "<dimension ref=\"B9:A1\"/>");
            let options = zip::write::SimpleFileOptions::default();
            damaged
                .start_file(part.name().unwrap().into_owned(), options)
                .unwrap();
            std::io::Write::write_all(&mut damaged, text.as_bytes()).unwrap();
        }
        let damaged = damaged.finish().unwrap().into_inner();
        assert_ne!(damaged.len(), bytes.len());
        assert_eq!(
            for_each_row(&damaged, &mut |_| Next::Row),
            Err(RegisterError::NotASheet)
        );
    }

    #[test]
    fn damaged_workbooks_are_refused_or_read_and_never_panic() {
        let rows = vec![vec!["1".to_owned(), "王伟".to_owned(), "3".to_owned()]; 5];
        let bytes = qiao_demo::generator::register::workbook(&["户编号", "户主姓名", "组"], &rows).unwrap();
        let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
        for _ in 0..2_000 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % damaged.len();
                damaged[at] = (seed >> 25) as u8;
            }
            let _ = for_each_row(&damaged, &mut |_| Next::Row);
        }
    }
}
