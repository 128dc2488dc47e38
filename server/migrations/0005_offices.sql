-- What offices search, filter and count by. As in 0003 each row follows from one document; rows of documents that are
-- older than these columns are written again by the server when it starts (`projection_state`).

ALTER TABLE households ADD COLUMN id          TEXT    NOT NULL DEFAULT '';
ALTER TABLE households ADD COLUMN village     TEXT    NOT NULL DEFAULT '';
ALTER TABLE households ADD COLUMN sort        TEXT    NOT NULL DEFAULT '';      -- group, then number: the order of lists
ALTER TABLE households ADD COLUMN names       TEXT    NOT NULL DEFAULT '[]';    -- of those who live there
ALTER TABLE households ADD COLUMN terms       TEXT    NOT NULL DEFAULT '[]';    -- what it is found by
ALTER TABLE households ADD COLUMN gaps        INTEGER NOT NULL DEFAULT 0;       -- guarantees that are not met, a bit each
ALTER TABLE households ADD COLUMN measures    INTEGER NOT NULL DEFAULT 0;       -- that have not ended
ALTER TABLE households ADD COLUMN conflicts   INTEGER NOT NULL DEFAULT 0;       -- fields with more than one value
ALTER TABLE households ADD COLUMN verified_at TEXT;
CREATE INDEX households_village ON households (village, sort, doc);

ALTER TABLE needs ADD COLUMN household        TEXT    NOT NULL DEFAULT '';
ALTER TABLE needs ADD COLUMN answered_on      TEXT;                             -- the last answer
ALTER TABLE needs ADD COLUMN conflicts        INTEGER NOT NULL DEFAULT 0;
CREATE INDEX needs_household ON needs (household);

ALTER TABLE visits ADD COLUMN household       TEXT    NOT NULL DEFAULT '';
ALTER TABLE visits ADD COLUMN m01 INTEGER NOT NULL DEFAULT 0;                   -- visits in each month of the year
ALTER TABLE visits ADD COLUMN m02 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m03 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m04 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m05 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m06 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m07 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m08 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m09 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m10 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m11 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN m12 INTEGER NOT NULL DEFAULT 0;
CREATE INDEX visits_household ON visits (household, last_on);

CREATE INDEX documents_village ON documents (village, kind, no) WHERE village IS NOT NULL;

-- The terms of a household, one a row, by village: a prefix of a name is a range of this table. Kept in step with
-- `households` by triggers, so that an edit that changes no name costs nothing here.
CREATE TABLE household_terms (
    village     TEXT    NOT NULL,
    term        TEXT    NOT NULL,
    doc         INTEGER NOT NULL,
    PRIMARY KEY (village, term, doc)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER household_terms_insert AFTER INSERT ON households
BEGIN
    INSERT OR IGNORE INTO household_terms SELECT NEW.village, value, NEW.doc FROM json_each(NEW.terms);
END;
CREATE TRIGGER household_terms_update AFTER UPDATE OF village, terms ON households
WHEN OLD.village <> NEW.village OR OLD.terms <> NEW.terms
BEGIN
    DELETE FROM household_terms WHERE village = OLD.village AND doc = OLD.doc
        AND term IN (SELECT value FROM json_each(OLD.terms));
    INSERT OR IGNORE INTO household_terms SELECT NEW.village, value, NEW.doc FROM json_each(NEW.terms);
END;
CREATE TRIGGER household_terms_delete AFTER DELETE ON households
BEGIN
    DELETE FROM household_terms WHERE village = OLD.village AND doc = OLD.doc
        AND term IN (SELECT value FROM json_each(OLD.terms));
END;

-- Which version of the projections all rows were written by, and how often they have been written anew as a whole.
CREATE TABLE projection_state (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    version     INTEGER NOT NULL,
    rebuilds    INTEGER NOT NULL
) STRICT;
INSERT INTO projection_state (one, version, rebuilds) VALUES (1, 0, 0);

-- Searches that people keep for themselves.
CREATE TABLE saved_filters (
    id          TEXT    PRIMARY KEY,
    person      TEXT    NOT NULL REFERENCES people (id),
    page        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    query       TEXT    NOT NULL,           -- JSON
    created_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_filters_person ON saved_filters (person);
