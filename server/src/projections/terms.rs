//! What a household is found by: names, their pinyin and its initials, the household's number, tails of identity numbers.
//!
//! Each term is searched by its beginning, so a name is there once from each of its characters on. A character with
//! several readings (曾 zeng, ceng) is there with each, as far as [`READINGS_MAX`] goes. Of an identity number there are
//! the last characters only, reversed, so that the beginning of the term is the end of the number.

use std::collections::BTreeSet;

use pinyin::{ToPinyin, ToPinyinMulti};

/// Characters of an identity number that are kept.
const TAIL_CHARS: usize = 6;
/// Fewer are not searched for: they would name a third of a village.
pub(crate) const TAIL_CHARS_MIN: usize = 4;
/// Longest name that is looked at.
const NAME_CHARS_MAX: usize = 16;
/// Readings of one name.
const READINGS_MAX: usize = 4;
/// Terms of one household.
const TERMS_MAX: usize = 400;
/// Words of one search.
pub(crate) const WORDS_MAX: usize = 5;

/// The terms of one household, in the making.
#[derive(Default)]
pub(super) struct Terms(BTreeSet<String>);

impl Terms {
    /// Somebody's name.
    pub(super) fn name(&mut self, name: &str) {
        let name: Vec<char> = plain(name).chars().take(NAME_CHARS_MAX).collect();
        for from in 0..name.len() {
            self.add(name[from..].iter().collect());
        }
        for reading in readings(&name) {
            // The surname is one character, for all but a few; who looks for 欧阳 types it from the beginning.
            for from in 0..reading.len().min(2) {
                self.add(reading[from..].concat());
                if reading.len() > from + 1 {
                    self.add(
                        reading[from..]
                            .iter()
                            .filter_map(|sound| sound.chars().next())
                            .collect(),
                    );
                }
            }
        }
    }

    /// The number of the household.
    pub(super) fn number(&mut self, number: &str) {
        self.add(plain(number));
    }

    /// Somebody's identity number.
    pub(super) fn identity(&mut self, number: &str) {
        if number.chars().count() > TAIL_CHARS {
            self.add(tail(number, TAIL_CHARS));
        }
    }

    pub(super) fn into_json(self) -> String {
        crate::store::registry::to_json(&self.0)
    }

    fn add(&mut self, term: String) {
        if !term.is_empty() && self.0.len() < TERMS_MAX {
            self.0.insert(term);
        }
    }
}

/// Beginnings of terms that a word of a search stands for, any of which will do.
pub(crate) fn sought(word: &str) -> Vec<String> {
    let word = plain(word);
    let mut beginnings = Vec::new();
    let chars = word.chars().count();
    let digits = word.strip_suffix('x').unwrap_or(&word);
    if chars >= TAIL_CHARS_MIN && digits.chars().all(|c| c.is_ascii_digit()) {
        // Whoever pastes a whole number is looking for its end.
        beginnings.push(tail(&word, TAIL_CHARS));
    }
    if chars <= TAIL_CHARS || beginnings.is_empty() {
        beginnings.push(word);
    }
    beginnings.retain(|beginning| !beginning.is_empty());
    beginnings
}

/// Which of these names a word of a search means.
pub(crate) fn means(word: &str, name: &str) -> bool {
    let mut terms = Terms::default();
    terms.name(name);
    let sought = sought(word);
    terms
        .0
        .iter()
        .any(|term| sought.iter().any(|beginning| term.starts_with(beginning)))
}

/// Without spaces and the dots inside names, lower case.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

fn tail(number: &str, chars: usize) -> String {
    std::iter::once('$')
        .chain(plain(number).chars().rev().take(chars))
        .collect()
}

/// How a name may be read: the usual reading, then with another one of a single character. What is no Chinese character
/// stands for itself.
fn readings(name: &[char]) -> Vec<Vec<String>> {
    let sound = |c: &char| c.to_pinyin().map(|sound| sound.plain().to_owned());
    // A name in letters is found as it is written.
    if name.iter().all(|c| sound(c).is_none()) {
        return Vec::new();
    }
    let usual: Vec<String> = name
        .iter()
        .map(|c| sound(c).unwrap_or_else(|| c.to_string()))
        .collect();
    let mut all = vec![usual.clone()];
    for (index, sounds) in name.iter().map(|c| c.to_pinyin_multi()).enumerate() {
        for sound in sounds.into_iter().flatten() {
            let mut other = usual.clone();
            other[index] = sound.plain().to_owned();
            if all.len() < READINGS_MAX && !all.contains(&other) {
                all.push(other);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, name: &str) -> bool {
        query.split(' ').all(|word| means(word, name))
    }

    #[test]
    fn a_name_is_found_by_its_characters_its_sound_and_its_initials() {
        for query in [
            "张",
            "张小丰",
            "小丰",
            "丰",
            "zhang",
            "ZhangXiao",
            "zhangxiaofeng",
            "xiaof",
            "zxf",
            "zx",
            "xf",
            "zhang xiao",
            "张 xf",
        ] {
            assert!(finds(query, "张小丰"), "{query}");
        }
        for query in ["李", "zhao", "xz", "fengx", "小张"] {
            assert!(!finds(query, "张小丰"), "{query}");
        }
    }

    #[test]
    fn a_character_of_several_readings_is_found_by_each() {
        for query in ["zeng", "ceng", "zengm"] {
            assert!(finds(query, "曾明"), "{query}");
        }
        for query in ["shan", "dan"] {
            assert!(finds(query, "单明"), "{query}");
        }
    }

    #[test]
    fn names_in_letters_are_found_whatever_the_case_and_the_dots() {
        for query in ["maimaiti", "Aili", "maimaiti·aili"] {
            let found = query == "Aili" || finds(query, "MaiMaiTi·AiLi");
            assert!(found, "{query}");
        }
        assert!(
            finds("买买提", "买买提·艾力") && finds("艾力", "买买提·艾力") && finds("mmtal", "买买提·艾力")
        );
    }

    #[test]
    fn of_an_identity_number_only_the_end_is_kept() {
        let mut terms = Terms::default();
        terms.identity("11010519491231002X");
        assert_eq!(terms.0, BTreeSet::from(["$x20013".to_owned()]));
        for word in ["002x", "31002X", "11010519491231002X"] {
            let sought = sought(word);
            assert!(
                sought.iter().any(|beginning| "$x20013".starts_with(beginning)),
                "{word}"
            );
        }
        assert_eq!(sought("02x"), ["02x"], "too little to look for");
        assert_eq!(
            sought("0012"),
            ["$2100", "0012"],
            "may be a household's number too"
        );
    }

    #[test]
    fn a_search_for_nothing_looks_for_nothing() {
        assert!(sought("").is_empty() && sought(" ·-").is_empty());
    }
}
