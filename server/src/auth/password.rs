//! Password hashing: Argon2id with the OWASP minimum of 19 MiB, off the async threads, a few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::app::App;
use crate::error::Error;

/// Memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Hash of nothing anybody knows: verified when a login does not exist, so that the answer takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cWlhb25vYm9keXNhbHQwMA$Yw8iU9wRkcN0Hc5V8n3yq0o0m7C0b0V7t3lq3l0m9cE";

fn hasher() -> Result<Argon2<'static>, Error> {
    let params = Params::new(COST.0, COST.1, COST.2, None)
        .map_err(|_| Error::internal("password hashing is misconfigured"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A PHC string with a fresh salt.
pub async fn hash(app: &App, password: String) -> Result<String, Error> {
    on_hash_thread(app, move || {
        let hash: PasswordHash = hasher()?
            .hash_password(password.as_bytes())
            .map_err(|_| Error::internal("cannot hash a password"))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password fits; `None` for an account that does not exist, which takes the same time and is false.
pub async fn verify(app: &App, password: String, stored: Option<String>) -> Result<bool, Error> {
    on_hash_thread(app, move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&stored)
            .map_err(|_| Error::internal("a stored password hash is unreadable"))?;
        Ok(hasher()?.verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await
}

async fn on_hash_thread<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let permit = app.password_hashes.clone().acquire_owned().await;
    let permit = permit.map_err(|_| Error::internal("the server is stopping"))?;
    tokio::task::spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    })
    .await
    .map_err(|_| Error::internal("password hashing was interrupted"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nobody_is_as_costly_as_a_real_one() {
        let parsed = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&parsed).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), COST);
        assert!(hasher().unwrap().verify_password(b"", &parsed).is_err());
    }
}
