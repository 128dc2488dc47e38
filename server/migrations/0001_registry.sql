-- The registry: who takes part. People, places, units, accounts, sessions, invitations,
-- devices and the audit chain. Documents and the log live in later migrations.
-- Times are milliseconds since 1970 (UTC) by the server's clock. Lists are JSON arrays.

CREATE TABLE deployment (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    id          TEXT    NOT NULL,           -- names this deployment in envelopes and grants
    name        TEXT    NOT NULL,
    created_ms  INTEGER NOT NULL
) STRICT;                                   -- the signing keys are files beside the database, never rows

CREATE TABLE places (
    id          TEXT PRIMARY KEY,
    parent      TEXT REFERENCES places (id),
    level       TEXT NOT NULL CHECK (level IN ('county', 'township', 'village', 'group')),
    name        TEXT NOT NULL
) STRICT;
CREATE INDEX places_parent ON places (parent);

CREATE TABLE units (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    county      TEXT REFERENCES places (id)
) STRICT;

CREATE TABLE people (
    id          TEXT    PRIMARY KEY,
    name        TEXT    NOT NULL,
    phone       TEXT,
    role        TEXT    NOT NULL,
    places      TEXT    NOT NULL DEFAULT '[]',
    unit        TEXT REFERENCES units (id),
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_ms  INTEGER NOT NULL,
    updated_ms  INTEGER NOT NULL
) STRICT;

-- A unit stands by a whole village, or one of its people stands by one household.
CREATE TABLE pairings (
    id          TEXT    PRIMARY KEY,
    unit        TEXT    NOT NULL REFERENCES units (id),
    village     TEXT REFERENCES places (id),
    person      TEXT REFERENCES people (id),
    household   TEXT,
    created_ms  INTEGER NOT NULL,
    CHECK ((village IS NULL) <> (household IS NULL))
) STRICT;
CREATE INDEX pairings_household ON pairings (household) WHERE household IS NOT NULL;
CREATE INDEX pairings_village ON pairings (village) WHERE village IS NOT NULL;
CREATE INDEX pairings_unit ON pairings (unit);

CREATE TABLE accounts (
    person          TEXT    PRIMARY KEY REFERENCES people (id),
    login           TEXT    NOT NULL UNIQUE,
    password_hash   TEXT    NOT NULL,
    totp_secret     BLOB,                   -- NULL: signing in by password alone was asked for explicitly
    totp_last_step  INTEGER NOT NULL DEFAULT 0,
    recovery_hashes TEXT    NOT NULL DEFAULT '[]',
    failures        INTEGER NOT NULL DEFAULT 0,
    locked_until_ms INTEGER NOT NULL DEFAULT 0,
    created_ms      INTEGER NOT NULL,
    updated_ms      INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id              TEXT    PRIMARY KEY,    -- a public handle, for listing and ending
    token_hash      BLOB    NOT NULL UNIQUE,
    person          TEXT    NOT NULL REFERENCES accounts (person),
    created_ms      INTEGER NOT NULL,
    last_seen_ms    INTEGER NOT NULL,
    expires_ms      INTEGER NOT NULL,       -- absolute; the idle limit is judged from last_seen_ms
    stepped_up_ms   INTEGER NOT NULL DEFAULT 0,
    user_agent      TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE invitations (
    no              INTEGER PRIMARY KEY,
    id              TEXT    NOT NULL UNIQUE,
    lookup          TEXT UNIQUE,                -- first part of the code while it lives: finds the row, opens nothing
    code_hash       BLOB    NOT NULL UNIQUE,    -- keyed hash of the whole code
    person          TEXT    NOT NULL REFERENCES people (id),
    role            TEXT    NOT NULL,
    places          TEXT    NOT NULL DEFAULT '[]',
    unit            TEXT REFERENCES units (id),
    replaces_device INTEGER REFERENCES devices (no),
    created_by      TEXT    NOT NULL,
    created_ms      INTEGER NOT NULL,
    expires_ms      INTEGER NOT NULL,
    tries           INTEGER NOT NULL DEFAULT 0, -- wrong codes that named this row
    used_ms         INTEGER,
    revoked_ms      INTEGER
) STRICT;
CREATE INDEX invitations_person ON invitations (person);

CREATE TABLE devices (
    no                  INTEGER PRIMARY KEY,    -- the author number on the wire; 1 is the relay itself
    device_id           BLOB    NOT NULL UNIQUE CHECK (length(device_id) = 16),
    public_key          BLOB    NOT NULL CHECK (length(public_key) = 65),
    nonce               BLOB    NOT NULL CHECK (length(nonce) = 16),
    person              TEXT REFERENCES people (id),
    name                TEXT    NOT NULL DEFAULT '',
    model               TEXT    NOT NULL DEFAULT '',
    app_version         TEXT    NOT NULL DEFAULT '',
    role                TEXT,                   -- NULL until approved
    places              TEXT    NOT NULL DEFAULT '[]',
    villages            TEXT    NOT NULL DEFAULT '[]',
    unit                TEXT REFERENCES units (id),
    township            TEXT REFERENCES places (id),
    county              TEXT REFERENCES places (id),
    status              TEXT    NOT NULL CHECK (status IN
                            ('pending', 'active', 'denied', 'revoked', 'lost', 'suspended', 'replaced')),
    status_reason       TEXT    NOT NULL DEFAULT '',
    replaces            INTEGER REFERENCES devices (no),
    invitation          TEXT REFERENCES invitations (id),
    walk_up             TEXT,                   -- JSON {name, place, note} of an uninvited request
    session             TEXT,                   -- of a browser at a desk: the sign-in it lives by
    check_words         TEXT    NOT NULL DEFAULT '[]',
    grant_version       INTEGER NOT NULL DEFAULT 0,
    grant_issued_ms     INTEGER NOT NULL DEFAULT 0,
    grant_expires_ms    INTEGER NOT NULL DEFAULT 0,
    offline_grace_hours INTEGER NOT NULL DEFAULT 336,
    created_ms          INTEGER NOT NULL,
    decided_by          TEXT,
    decided_ms          INTEGER
) STRICT;
CREATE INDEX devices_status ON devices (status);
CREATE INDEX devices_person ON devices (person);
CREATE INDEX devices_session ON devices (session) WHERE session IS NOT NULL;

-- What each device said of itself when it last synchronised, and when that was.
CREATE TABLE device_health (
    no                  INTEGER PRIMARY KEY REFERENCES devices (no),
    last_seen_ms        INTEGER NOT NULL,
    app_version         TEXT    NOT NULL,
    clock_skew_ms       INTEGER NOT NULL,       -- device minus server; shown, never believed
    unsent              INTEGER NOT NULL,
    unsent_age_s        INTEGER NOT NULL,
    storage_left_mib    INTEGER NOT NULL        -- 0: unknown
) STRICT;

-- AUTOINCREMENT keeps the highest number ever given apart from the rows, so that entries cut off
-- the end are missed too.
CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms       INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    detail      TEXT    NOT NULL DEFAULT '{}',  -- codes and ids only, no personal data
    prev_hash   BLOB    NOT NULL CHECK (length(prev_hash) = 32),
    hash        BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END;
