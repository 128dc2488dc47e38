//! The household register a county hands over: a spreadsheet with Chinese headers, one row a member.
//!
//! Reads it into household files and says of every cell it could not take where it stands and why; a bad row never
//! stops the others. Owns reading and judging only. Writing the files is the importer's business, which compares them
//! with what is there: a document's name and its members' keys follow from the register alone ([`document_id`]), so
//! the same sheet again changes nothing. What is read is personal data and must not be logged; [`Report`] holds none,
//! only places in the sheet, and is printed for the person at the terminal.
//!
//! [`columns`] which header means what; [`sheet`] bytes to rows; [`cells`] text to values; [`parse`] rows to
//! households; [`report`] what is said about it.

mod cells;
mod columns;
mod parse;
mod report;
mod sheet;
#[cfg(test)]
mod tests;

pub use report::{Effect, Problem, ProblemCode, Report};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A file of this size is read; a larger register comes in parts, by township.
pub const FILE_SIZE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A workbook may inflate to this.
pub const INFLATED_SIZE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Rows of one file.
pub const ROWS_MAX: usize = 200_000;
/// Columns that are looked at.
pub const COLUMNS_MAX: usize = 200;
/// Characters of a cell; what is longer is cut, and then too long for any field.
pub const CELL_CHARS_MAX: usize = 2_001;
/// Members of one household.
pub const MEMBERS_MAX: usize = 60;
/// Problems that are kept; the rest is counted.
pub const PROBLEMS_MAX: usize = 2_000;
/// Rows in which the header is looked for: registers begin with a title.
pub const HEADER_ROWS_MAX: usize = 10;

/// A village or unit by its id and its name, as sheets call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What must be known to read a register.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Villages a row may name, by code or name.
    pub villages: &'a [Place],
    /// Units a row may name.
    pub units: &'a [Place],
    /// The village of rows that name none: its id.
    pub default_village: Option<&'a str>,
    /// The year of income columns that name none.
    pub income_year: u16,
}

/// A register as read.
#[derive(Clone, Debug)]
pub struct Register {
    /// Households that can be taken, in the order of their first rows.
    pub households: Vec<RegisterHousehold>,
    /// What was read and what was not.
    pub report: Report,
}

/// A household of a register.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterHousehold {
    /// Household number, as in the sheet.
    pub number: String,
    /// Id of the village.
    pub village: String,
    /// The household file in the shape of its schema: root fields, groups and entries.
    pub value: Value,
    /// Rows of the sheet that speak of it, from 1.
    pub rows: Vec<u32>,
}

// Everything in it is personal data.
impl std::fmt::Debug for RegisterHousehold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegisterHousehold")
            .field("village", &self.village)
            .field("rows", &self.rows)
            .finish()
    }
}

/// A file that is no register at all. The text names no content.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Larger than is read, packed or inflated.
    #[error("the file is too large: split the register by township (文件太大，请按乡镇拆分)")]
    TooLarge,
    /// Neither a workbook nor text.
    #[error("the file is not an .xlsx workbook or .csv text (不是 xlsx 或 csv 文件)")]
    NotASheet,
    /// The workbook format of before 2007.
    #[error("the file is an old .xls workbook: save it as .xlsx (旧版 xls，请另存为 xlsx)")]
    OldWorkbook,
    /// No sheet has a header row with a household number and a name.
    #[error("no header row was found: it needs 户编号 and 姓名 or 户主姓名 (没有找到表头)")]
    NoHeader,
}

/// Reads a register.
///
/// # Errors
/// Only when the file as a whole is none; everything else is in the report.
pub fn read(bytes: &[u8], options: &Options<'_>) -> Result<Register, RegisterError> {
    parse::read(bytes, options)
}

/// The name of a household's document: the same for the same village and number, whenever it is imported.
pub fn document_id(village: &str, number: &str) -> String {
    let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_alphanumeric());
    // Room is left for what is appended to name journals and needs.
    if plain && village.len() + 1 + number.len() <= 44 {
        // The number has no dash, so the last one separates and two households never share a name.
        return format!("{village}-{number}");
    }
    let digest = hash(b"qiao register household\0", &[village, number]);
    format!(
        "h_{}",
        digest[..12]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
    )
}

/// Keys for the entries of a household, the same at every import. Short on purpose: it tells the members of one
/// household apart, and too little of the identity number to find it out again.
fn entry_key(village: &str, number: &str, who: &str, taken: &Map<String, Value>) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digest = hash(b"qiao register entry\0", &[village, number, who]);
    let mut key = String::from("r");
    key.extend(
        digest[..4]
            .iter()
            .map(|b| char::from(ALPHABET[usize::from(b & 31)])),
    );
    while taken.contains_key(&key) {
        key.push('x');
    }
    key
}

fn hash(domain: &[u8], parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(domain);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
