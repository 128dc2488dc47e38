-- Photos, signatures and scans. The bytes lie in the object store; here is what is known of them.

-- What documents name, one row a document that names anything: the names (SHA-256, 32 bytes each) back to back, small
-- pictures included. It follows from the document, like the tables of 0003.
CREATE TABLE attachment_refs (
    doc         INTEGER PRIMARY KEY,
    hashes      BLOB    NOT NULL
) STRICT;

-- What is whole and on disk, by name and by the document it was sent for: knowing a name opens nothing. One object may
-- stand for several rows.
CREATE TABLE attachments (
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    doc         TEXT    NOT NULL,
    size_bytes  INTEGER NOT NULL,
    media       TEXT    NOT NULL,
    device      INTEGER NOT NULL,
    complete_ms INTEGER NOT NULL,
    PRIMARY KEY (hash, doc)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_device ON attachments (device, complete_ms);

-- What is on its way. `received` bytes are on disk, in pieces; `pieces` of them.
CREATE TABLE attachment_uploads (
    device      INTEGER NOT NULL,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    doc         TEXT    NOT NULL,
    size_bytes  INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    pieces      INTEGER NOT NULL,
    updated_ms  INTEGER NOT NULL,
    PRIMARY KEY (device, hash, doc)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_uploads_updated ON attachment_uploads (updated_ms);
