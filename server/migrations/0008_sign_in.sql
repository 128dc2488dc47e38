-- Further ways of signing in to an account: passkeys, and what a single sign-on calls its owner.

CREATE TABLE passkeys (
    id              TEXT    PRIMARY KEY,    -- a public handle, for naming and removing
    person          TEXT    NOT NULL REFERENCES accounts (person),
    credential_id   BLOB    NOT NULL UNIQUE,
    user_handle     BLOB    NOT NULL CHECK (length(user_handle) = 16),  -- random: what authenticators know the account by
    passkey         TEXT    NOT NULL,       -- JSON: public key and counter
    name            TEXT    NOT NULL,
    created_ms      INTEGER NOT NULL,
    last_used_ms    INTEGER
) STRICT;
CREATE INDEX passkeys_person ON passkeys (person);

-- Which account somebody signs in to whom the issuer vouches for; written by administrators only.
CREATE TABLE sso_links (
    issuer          TEXT    NOT NULL,
    subject         TEXT    NOT NULL,       -- value of the claim that was agreed on
    person          TEXT    NOT NULL REFERENCES accounts (person),
    created_ms      INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, person)
) STRICT, WITHOUT ROWID;
