//! One field: its name, labels and type, and the check of a value against it.
//!
//! Owns the types of values and their bounds. Which fields exist is said beside, one file for each kind.

use crate::reason::Reason;
use crate::value::Scalar;

/// A scalar of a document.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Key in its map; the unit comes last.
    pub name: &'static str,
    /// What may be written.
    pub ty: FieldType,
    /// Label, Chinese.
    pub zh: &'static str,
    /// Label, English.
    pub en: &'static str,
    /// Sensitive personal information by law, or never to be shown in a public notice.
    pub sensitive: bool,
}

/// What may be written into a field.
#[derive(Clone, Copy, Debug)]
pub enum FieldType {
    /// Free text.
    Text {
        /// Longest text, in characters.
        chars_max: usize,
    },
    /// A whole number.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Yes or no; absent is "not known".
    Bool,
    /// A calendar day, `YYYY-MM-DD`.
    Date,
    /// One of several values.
    Choice {
        /// The values offered.
        options: &'static [Choice],
        /// Whether others are refused. Official vocabularies differ by province and year, so most are open.
        strict: bool,
    },
    /// Identity card (18 characters) or disability certificate (20 or 22). Shape only: a misread digit is reported
    /// by the form and the import, but a record made in the field is not refused for it.
    IdNumber,
    /// Telephone number.
    Phone,
    /// The id of another document.
    DocRef,
    /// The id of a person.
    Person,
    /// The id of a village, township or county.
    Place,
    /// The id of an assistance unit.
    Unit,
}

/// One value of a [`FieldType::Choice`]. Official terms are stored as they are, in Chinese; states of ours as codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub value: &'static str,
    /// Label, Chinese.
    pub zh: &'static str,
    /// Label, English.
    pub en: &'static str,
}

/// Longest value of an open choice, in characters.
const OPEN_CHOICE_CHARS_MAX: usize = 40;
/// Longest id of a document, person, place or unit.
const ID_CHARS_MAX: usize = 64;
/// Largest sum of money in yuan: above it is a slip of the finger.
const YUAN_MAX: i64 = 1_000_000_000;

impl Field {
    /// Marks the field as sensitive.
    pub(super) const fn sensitive(self) -> Field {
        Field {
            sensitive: true,
            ..self
        }
    }
}

const fn of(name: &'static str, ty: FieldType, zh: &'static str, en: &'static str) -> Field {
    Field {
        name,
        ty,
        zh,
        en,
        sensitive: false,
    }
}

pub(super) const fn text(name: &'static str, chars_max: usize, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Text { chars_max }, zh, en)
}

pub(super) const fn int(name: &'static str, min: i64, max: i64, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Int { min, max }, zh, en)
}

/// A sum of money; negative where a business lost.
pub(super) const fn yuan(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    int(name, -YUAN_MAX, YUAN_MAX, zh, en)
}

pub(super) const fn yes_no(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Bool, zh, en)
}

pub(super) const fn date(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Date, zh, en)
}

/// An open choice: the options are offered, any short text is taken.
pub(super) const fn open(
    name: &'static str,
    options: &'static [Choice],
    zh: &'static str,
    en: &'static str,
) -> Field {
    of(
        name,
        FieldType::Choice {
            options,
            strict: false,
        },
        zh,
        en,
    )
}

/// A closed choice: a procedure of ours depends on the value.
pub(super) const fn strict(
    name: &'static str,
    options: &'static [Choice],
    zh: &'static str,
    en: &'static str,
) -> Field {
    of(
        name,
        FieldType::Choice {
            options,
            strict: true,
        },
        zh,
        en,
    )
}

pub(super) const fn id_number(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::IdNumber, zh, en).sensitive()
}

pub(super) const fn phone(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Phone, zh, en).sensitive()
}

pub(super) const fn doc_ref(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::DocRef, zh, en)
}

pub(super) const fn person(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Person, zh, en)
}

pub(super) const fn place(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Place, zh, en)
}

pub(super) const fn unit(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    of(name, FieldType::Unit, zh, en)
}

/// An official term, stored as it is.
pub(super) const fn term(zh: &'static str, en: &'static str) -> Choice {
    Choice { value: zh, zh, en }
}

/// A state of ours, stored as a code.
pub(super) const fn code(value: &'static str, zh: &'static str, en: &'static str) -> Choice {
    Choice { value, zh, en }
}

impl FieldType {
    /// Checks a value. `Null` is refused everywhere: to clear a field is a deletion.
    pub fn check(&self, value: &Scalar) -> Result<(), Reason> {
        match (self, value) {
            (FieldType::Bool, Scalar::Bool(_)) => Ok(()),
            (FieldType::Int { min, max }, Scalar::Int(number)) => {
                if (min..=max).contains(&number) {
                    Ok(())
                } else {
                    Err(Reason::ValueOutOfRange)
                }
            }
            (FieldType::Text { chars_max }, Scalar::Str(text)) => check_text(text, *chars_max),
            (FieldType::Date, Scalar::Str(text)) => check_date(text),
            (FieldType::Choice { options, strict }, Scalar::Str(text)) => {
                if options.iter().any(|option| option.value == text) {
                    Ok(())
                } else if *strict {
                    Err(Reason::ValueOutOfRange)
                } else {
                    check_text(text, OPEN_CHOICE_CHARS_MAX)
                }
            }
            (FieldType::IdNumber, Scalar::Str(text)) => check_id_number(text),
            (FieldType::Phone, Scalar::Str(text)) => check_phone(text),
            (
                FieldType::DocRef | FieldType::Person | FieldType::Place | FieldType::Unit,
                Scalar::Str(text),
            ) => check_id(text, ID_CHARS_MAX),
            _ => Err(Reason::WrongType),
        }
    }
}

/// Characters are bounded, and so are the invisible ones: only line ends and tabs of the control characters.
fn check_text(text: &str, chars_max: usize) -> Result<(), Reason> {
    if text.chars().count() > chars_max {
        return Err(Reason::ValueTooLong);
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Reason::WrongType);
    }
    Ok(())
}

/// Ids and keys: ASCII letters, digits, `.`, `_`, `-`.
pub(super) fn check_id(text: &str, chars_max: usize) -> Result<(), Reason> {
    if text.len() > chars_max {
        return Err(Reason::ValueTooLong);
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if text.is_empty() || !text.bytes().all(plain) {
        Err(Reason::WrongType)
    } else {
        Ok(())
    }
}

fn check_phone(text: &str) -> Result<(), Reason> {
    if text.len() > 24 {
        return Err(Reason::ValueTooLong);
    }
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' ');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if text.bytes().all(plain) && digits >= 3 {
        Ok(())
    } else {
        Err(Reason::WrongType)
    }
}

fn check_id_number(text: &str) -> Result<(), Reason> {
    if !matches!(text.len(), 18 | 20 | 22) {
        return Err(Reason::WrongType);
    }
    let fits = text.bytes().enumerate().all(|(at, b)| match at {
        17 => b.is_ascii_digit() || b == b'X',
        // A re-issued disability certificate ends in B and a number.
        20 => b.is_ascii_digit() || b == b'B',
        _ => b.is_ascii_digit(),
    });
    if fits { Ok(()) } else { Err(Reason::WrongType) }
}

fn check_date(text: &str) -> Result<(), Reason> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| {
            if matches!(at, 4 | 7) {
                *b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    if !shaped {
        return Err(Reason::WrongType);
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .fold(0u32, |n, b| n * 10 + u32::from(b - b'0'))
    };
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return Err(Reason::ValueOutOfRange),
    };
    if (1850..=2150).contains(&year) && (1..=days).contains(&day) {
        Ok(())
    } else {
        Err(Reason::ValueOutOfRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        assert_eq!(check_date("2024-02-29"), Ok(()));
        for shape in ["2024-2-9", "2024/02/09", "", "2024-02-09T00:00", "二〇二四-02-09"] {
            assert_eq!(check_date(shape), Err(Reason::WrongType), "{shape}");
        }
        for day in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "2024-04-00",
            "0001-01-01",
            "1900-02-29",
        ] {
            assert_eq!(check_date(day), Err(Reason::ValueOutOfRange), "{day}");
        }
    }

    #[test]
    fn identity_numbers_are_checked_by_shape() {
        for good in [
            "11010519491231002X",
            "110105194912310021",
            "11010519491231002X43",
            "11010519491231002X43B1",
        ] {
            assert_eq!(check_id_number(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "1101051949123100",
            "11010519491231002x",
            "1101051949123X0021",
            "11010519491231002X4",
            "身份证",
        ] {
            assert_eq!(check_id_number(bad), Err(Reason::WrongType), "{bad}");
        }
    }

    #[test]
    fn invisible_characters_are_refused() {
        assert_eq!(check_text("第一行\n第二行", 20), Ok(()));
        assert_eq!(check_text("a\u{0}b", 20), Err(Reason::WrongType));
        assert_eq!(check_text("a\u{1b}[31m", 20), Err(Reason::WrongType));
    }

    #[test]
    fn telephone_numbers_may_be_written_with_blanks_and_dashes() {
        for good in ["13800000000", "0871-6000000", "+86 138 0000 0000", "120"] {
            assert_eq!(check_phone(good), Ok(()), "{good}");
        }
        for bad in ["", "--", "12", "１３８００"] {
            assert_eq!(check_phone(bad), Err(Reason::WrongType), "{bad}");
        }
        assert_eq!(
            check_phone("0000000000000000000000000"),
            Err(Reason::ValueTooLong)
        );
    }
}
