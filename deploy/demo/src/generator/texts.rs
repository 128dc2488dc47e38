//! Sentences of visits, needs and remarks: bounded in characters, and as hard to compress as real notes are.

use super::dice::Dice;
use super::words;

/// What was found on a visit: 60 to 200 characters, most of them short.
pub(super) fn found(dice: &mut Dice) -> String {
    let chars = 60 + dice.skewed(105, 1) as usize;
    of_length(dice, chars)
}

/// A note of about this many characters, ending in a full stop.
pub(super) fn of_length(dice: &mut Dice, chars: usize) -> String {
    let mut text = String::new();
    while text.chars().count() < chars {
        clause(dice, &mut text);
        text.push(if dice.chance(25) { '。' } else { '，' });
    }
    let mut kept: String = text.chars().take(chars.saturating_sub(1)).collect();
    while kept.ends_with(['，', '。']) {
        kept.pop();
    }
    kept.push('。');
    kept
}

fn clause(dice: &mut Dice, text: &mut String) {
    if dice.chance(30) {
        text.push_str(dice.pick(words::PHRASES));
        return;
    }
    for _ in 0..dice.range(1..=2) {
        text.push_str(dice.pick(words::VERBS));
        for _ in 0..dice.range(1..=3) {
            text.push_str(dice.pick(words::TOPICS));
        }
    }
    if dice.chance(25) {
        text.push_str(&dice.range(2..=9_999).to_string());
        text.push_str(dice.pick(words::UNITS_OF_COUNT));
    }
}

pub(super) fn promised(dice: &mut Dice) -> String {
    let topic = dice.pick(words::TOPICS);
    format!(
        "{}，{}{topic}。",
        dice.pick(words::PROMISES),
        dice.pick(words::VERBS)
    )
}

pub(super) fn remark(dice: &mut Dice) -> String {
    let chars = dice.range(10..=30) as usize;
    of_length(dice, chars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_keep_their_length() {
        let mut dice = Dice::new(7, 0);
        for _ in 0..500 {
            let chars = found(&mut dice).chars().count();
            assert!((55..=200).contains(&chars), "{chars}");
        }
    }
}
