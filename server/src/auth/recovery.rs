//! Recovery codes: what an account's owner keeps on paper for the day the phone with the one-time codes is gone.

use super::{same_bytes, sha256};
use crate::limits;

/// Fresh codes, and the hashes to store. 50 random bits each: no slow hash is needed.
pub fn generate() -> (Vec<String>, Vec<String>) {
    let codes: Vec<String> = (0..limits::RECOVERY_CODES)
        .map(|_| {
            let random: [u8; 7] = rand::random();
            let text = data_encoding::BASE32_NOPAD.encode(&random).to_ascii_lowercase();
            format!("{}-{}", &text[..5], &text[5..10])
        })
        .collect();
    let hashes = codes.iter().map(|code| hash(code)).collect();
    (codes, hashes)
}

/// Takes a code out of the stored hashes; false if it is not among them.
pub fn redeem(hashes: &mut Vec<String>, code: &str) -> bool {
    let wanted = hash(code);
    let found = hashes
        .iter()
        .position(|hash| same_bytes(hash.as_bytes(), wanted.as_bytes()));
    found.map(|index| hashes.remove(index)).is_some()
}

fn hash(code: &str) -> String {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    data_encoding::HEXLOWER.encode(&sha256(plain.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_works_once_however_it_is_typed() {
        let (codes, mut hashes) = generate();
        assert_eq!(
            (codes.len(), hashes.len()),
            (limits::RECOVERY_CODES, limits::RECOVERY_CODES)
        );
        let typed = codes[3].to_ascii_uppercase().replace('-', " ");
        assert!(redeem(&mut hashes, &typed));
        assert!(!redeem(&mut hashes, &typed));
        assert!(!redeem(&mut hashes, ""));
        assert_eq!(hashes.len(), limits::RECOVERY_CODES - 1);
    }
}
