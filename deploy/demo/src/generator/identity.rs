//! Names, identity numbers and telephones that look real and belong to nobody.
//!
//! Identity numbers carry a right checksum and agree with birth date and sex, but their region code is not assigned to
//! any county; telephones begin with a prefix no operator has.

use super::dice::Dice;
use super::words;

/// A region code that no county has.
const REGION: &str = "530190";

/// A sex, as it is written in files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sex {
    Male,
    Female,
}

impl Sex {
    pub(super) fn other(self) -> Sex {
        match self {
            Sex::Male => Sex::Female,
            Sex::Female => Sex::Male,
        }
    }
}

pub(super) fn given_name(dice: &mut Dice, sex: Sex) -> String {
    let from = match sex {
        Sex::Male => words::GIVEN_MALE,
        Sex::Female => words::GIVEN_FEMALE,
    };
    let first = dice.pick(from);
    let second = dice.pick(from);
    if first == second || dice.chance(25) {
        first.to_owned()
    } else {
        format!("{first}{second}")
    }
}

pub(super) fn full_name(dice: &mut Dice) -> String {
    let sex = if dice.chance(60) { Sex::Male } else { Sex::Female };
    let surname = dice.pick(words::SURNAMES);
    format!("{surname}{}", given_name(dice, sex))
}

pub(super) fn phone(dice: &mut Dice) -> String {
    format!(
        "12{}{:08}",
        dice.pick(&["4", "6", "7"]),
        dice.range(0..=99_999_999)
    )
}

/// An identity number for a birth date (`YYYY-MM-DD`) and a sex: the last digit but one is odd for men.
pub(super) fn id_number(dice: &mut Dice, birth_date: &str, sex: Sex) -> String {
    let order = dice.range(0..=499) * 2 + i64::from(sex == Sex::Male);
    let body = format!("{REGION}{}{order:03}", birth_date.replace('-', ""));
    let check = check_character(&body);
    format!("{body}{check}")
}

/// The last character of an identity number, from the 17 digits before it (GB 11643).
pub(super) fn check_character(body: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .chars()
        .zip(WEIGHTS)
        .map(|(c, weight)| c.to_digit(10).unwrap_or(0) * weight)
        .sum();
    ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_is_that_of_the_standard() {
        assert_eq!(check_character("11010519491231002"), 'X');
        assert_eq!(check_character("44052418800101001"), '4');
    }

    #[test]
    fn an_identity_number_tells_birth_and_sex() {
        let mut dice = Dice::new(1, 0);
        for sex in [Sex::Male, Sex::Female] {
            let number = id_number(&mut dice, "1961-04-09", sex);
            assert_eq!((number.len(), &number[6..14]), (18, "19610409"));
            let order = number.as_bytes()[16] - b'0';
            assert_eq!(order % 2 == 1, sex == Sex::Male);
        }
    }
}
