//! One-time codes (RFC 6238: SHA-1, six digits, 30 s), each accepted once.

use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::error::Error;

/// Seconds each code stands for.
pub const STEP_S: u64 = 30;

/// 160 random bits.
pub fn new_secret() -> Vec<u8> {
    rand::random::<[u8; 20]>().to_vec()
}

/// The `otpauth://` address an authenticator app reads.
pub fn url(secret: &[u8], login: &str, deployment: &str) -> Result<String, Error> {
    // The separator between issuer and account must not be part of either.
    let issuer = deployment.replace(':', " ");
    let totp = build(secret, login, Some(issuer))?;
    totp.to_url()
        .map_err(|_| Error::internal("cannot write an otpauth address"))
}

/// The time step whose code this is, if it is later than the last one used.
pub fn check(secret: &[u8], code: &str, last_step: i64, now_ms: i64) -> Option<i64> {
    let totp = build(secret, "", None).ok()?;
    let now_s = u64::try_from(now_ms / 1000).ok()?;
    let step = i64::try_from(totp.check(code.trim(), now_s)?).ok()?;
    (step > last_step).then_some(step)
}

/// The code at a time, as an authenticator app shows it.
pub fn code(secret: &[u8], now_ms: i64) -> Result<String, Error> {
    let now_s = u64::try_from(now_ms / 1000).map_err(|_| Error::internal("the clock is before 1970"))?;
    Ok(build(secret, "", None)?.generate(now_s).to_string())
}

fn build(secret: &[u8], login: &str, issuer: Option<String>) -> Result<Totp, Error> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(STEP_S)
        .with_secret(Secret::new(secret.into()))
        .with_account_name(login)
        .with_issuer(issuer)
        .build()
        .map_err(|_| Error::internal("a one-time-code secret is unusable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_and_for_a_minute() {
        let secret = new_secret();
        let now_ms = 1_795_000_000_000;
        let shown = code(&secret, now_ms).unwrap();
        let step = check(&secret, &shown, 0, now_ms).unwrap();
        assert_eq!(check(&secret, &shown, step, now_ms), None, "used already");
        assert!(
            check(&secret, &shown, 0, now_ms + 30_000).is_some(),
            "typed slowly"
        );
        assert_eq!(check(&secret, &shown, 0, now_ms + 120_000), None, "too late");
        assert_eq!(check(&secret, "", 0, now_ms), None);
    }

    #[test]
    fn the_address_names_the_deployment() {
        let url = url(&new_secret(), "li.min", "桥: 试点").unwrap();
        assert!(
            url.starts_with("otpauth://totp/") && url.contains("secret="),
            "{url}"
        );
    }
}
