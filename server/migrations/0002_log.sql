-- The log: documents, their changes, and the feeds through which they reach their audiences.
-- Numbers are the server's own and never given twice. Lists inside BLOB columns are written with the wire's
-- codec (unsigned LEB128 numbers); hashes lie there back to back, 32 bytes each.

-- `epoch` changes when the database is restored from a backup; numbers given before the backup may have been seen
-- outside, so counting goes on above `number_floor`.
CREATE TABLE log_meta (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    epoch           INTEGER NOT NULL,
    number_floor    INTEGER NOT NULL
) STRICT;
INSERT INTO log_meta (one, epoch, number_floor) VALUES (1, 1, 0);

-- Where each feed stood when a backup was restored: everything after it is lost unless devices push it again.
-- A negative number is the own feed of the device of that number.
CREATE TABLE restores (
    epoch   INTEGER NOT NULL,
    feed    INTEGER NOT NULL,
    head    INTEGER NOT NULL,
    PRIMARY KEY (epoch, feed)
) STRICT, WITHOUT ROWID;

-- `head` is the last sequence number given. `digest` sums up the heads of all documents of the feed.
CREATE TABLE feeds (
    no          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    head        INTEGER NOT NULL,
    documents   INTEGER NOT NULL,
    digest      BLOB    NOT NULL CHECK (length(digest) = 16)
) STRICT;

-- id to year are what the document was made from. `feeds` lists (feed, sequence number of its last entry there);
-- `list` holds the fields of a first list.
CREATE TABLE documents (
    no          INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    kind        INTEGER NOT NULL,
    village0    TEXT,
    household   TEXT,
    year        INTEGER,
    generation  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    heads       BLOB    NOT NULL,
    authors     BLOB    NOT NULL,
    feeds       BLOB    NOT NULL,
    village     TEXT,
    unit        TEXT,
    list        BLOB    NOT NULL
) STRICT;
CREATE INDEX documents_household ON documents (household) WHERE household IS NOT NULL;

-- The document in its wire form at `version`; changes after it lie in `changes`. Apart from `documents`, so that a
-- change does not rewrite it.
CREATE TABLE snapshots (
    doc         INTEGER PRIMARY KEY REFERENCES documents (no),
    generation  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    heads       BLOB    NOT NULL,
    body        BLOB    NOT NULL
) STRICT;

-- In the order of acceptance. `body` is what travels down: serving it reads no document.
CREATE TABLE changes (
    no          INTEGER PRIMARY KEY,
    doc         INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    author      INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    envelope    INTEGER NOT NULL,
    body        BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX changes_doc ON changes (doc, generation, version);

-- Who is in a feed. `left_seq` stays, for late edits and for devices that have not heard.
CREATE TABLE document_feeds (
    feed        INTEGER NOT NULL,
    rank        INTEGER NOT NULL,
    doc         INTEGER NOT NULL,
    left_seq    INTEGER,
    left_ms     INTEGER,
    PRIMARY KEY (feed, rank, doc)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_feeds_left ON document_feeds (feed, left_seq) WHERE left_seq IS NOT NULL;

-- kind 1: author `ref` · 2: change `ref` · 3: document whole · 4: document left.
CREATE TABLE feed_entries (
    feed        INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    doc         INTEGER NOT NULL,
    ref         INTEGER NOT NULL,
    PRIMARY KEY (feed, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_authors (
    feed        INTEGER NOT NULL,
    author      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    PRIMARY KEY (feed, author)
) STRICT, WITHOUT ROWID;

-- What devices signed, as they signed it: `contents` lists (document name, generation, hash) of every change,
-- refused ones too, so that the signature can be checked for ever.
CREATE TABLE envelopes (
    no          INTEGER PRIMARY KEY,
    device      INTEGER NOT NULL,
    counter     INTEGER NOT NULL,
    claimed_s   INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    signature   BLOB    NOT NULL CHECK (length(signature) = 64),
    contents    BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX envelopes_counter ON envelopes (device, counter);

-- Each device's own feed.
CREATE TABLE verdicts (
    device      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    counter     INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    verdicts    BLOB    NOT NULL,
    PRIMARY KEY (device, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_sync (
    device              INTEGER PRIMARY KEY,
    hello_counter       INTEGER NOT NULL,
    hello_hash          BLOB    NOT NULL,
    envelope_counter    INTEGER NOT NULL,
    verdict_head        INTEGER NOT NULL
) STRICT;

-- Hashes refused for good: what builds on them is refused too instead of waiting for ever.
CREATE TABLE rejected (
    device      INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    PRIMARY KEY (device, hash)
) STRICT, WITHOUT ROWID;

-- Changes kept outside every document. `state` parked: waits for `missing` changes of its document, or for the
-- household `waits_for`; quarantined: waits for an administrator; then released or discarded.
CREATE TABLE kept_changes (
    no          INTEGER PRIMARY KEY,
    state       TEXT    NOT NULL CHECK (state IN ('parked', 'quarantined', 'released', 'discarded')),
    device      INTEGER NOT NULL,
    counter     INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    envelope    INTEGER NOT NULL,
    doc         TEXT    NOT NULL,
    creation    BLOB    NOT NULL,
    generation  INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    body        BLOB    NOT NULL,
    missing     BLOB    NOT NULL,
    waits_for   TEXT,
    reason      TEXT    NOT NULL,
    received_ms INTEGER NOT NULL,
    decided_by  TEXT,
    decided_ms  INTEGER
) STRICT;
CREATE INDEX kept_changes_state ON kept_changes (state, device, no);
CREATE INDEX kept_changes_parked_doc ON kept_changes (doc) WHERE state = 'parked';
CREATE INDEX kept_changes_parked_parent ON kept_changes (waits_for) WHERE state = 'parked' AND waits_for IS NOT NULL;

-- Two changes of one actor with one sequence number: the one in the log (`kept_hash`) and the other, whole.
CREATE TABLE evidence (
    no          INTEGER PRIMARY KEY,
    device      INTEGER NOT NULL,
    envelope    INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    doc         TEXT    NOT NULL,
    generation  INTEGER NOT NULL,
    kept_hash   BLOB    NOT NULL,
    hash        BLOB    NOT NULL,
    body        BLOB    NOT NULL,
    received_ms INTEGER NOT NULL
) STRICT;
