-- What casework is listed and counted by. As in 0003 each row follows from one document: from its events, and from when
-- the server received each of them. What depends on the day that is asked about (late, near) is not here: due days are.

CREATE TABLE cases (
    doc             INTEGER PRIMARY KEY,
    id              TEXT    NOT NULL,
    kind            INTEGER NOT NULL,       -- 6 application, 7 case
    household       TEXT    NOT NULL,
    procedure       TEXT,
    state           TEXT    NOT NULL,
    holder          TEXT,                   -- whose turn it is
    closed          INTEGER NOT NULL,
    opened_on       TEXT,
    accepted_on     TEXT,
    decided_on      TEXT,
    decision        TEXT,                   -- the event that decided
    due             TEXT,                   -- of the running limits the next
    clocks          TEXT    NOT NULL,       -- all that are open; JSON
    days            TEXT    NOT NULL,       -- days of steps that months are counted by; JSON
    late            INTEGER NOT NULL,       -- events that came too late to count
    applicant       TEXT,
    title           TEXT,
    terms           TEXT    NOT NULL,       -- what the applicant is found by; JSON
    notice_until    TEXT,                   -- of the notice that is up
    objections      INTEGER NOT NULL,       -- since the last notice, while nothing is decided
    recheck_due     TEXT,
    lead_due        TEXT,
    measure_due     TEXT,
    monitoring_type TEXT,
    identified_on   TEXT,
    cleared_on      TEXT,                   -- while it is so
    rolled_back_on  TEXT,
    aid_given_on    TEXT,
    paperwork       INTEGER NOT NULL,       -- aid was given, the paperwork is not done
    kinship         INTEGER NOT NULL,       -- near relatives of a handler
    conflicts       INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_household ON cases (household);

CREATE TABLE case_terms (
    term        TEXT    NOT NULL,
    doc         INTEGER NOT NULL,
    PRIMARY KEY (term, doc)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER case_terms_insert AFTER INSERT ON cases
BEGIN
    INSERT OR IGNORE INTO case_terms SELECT value, NEW.doc FROM json_each(NEW.terms);
END;
CREATE TRIGGER case_terms_update AFTER UPDATE OF terms ON cases WHEN OLD.terms <> NEW.terms
BEGIN
    DELETE FROM case_terms WHERE doc = OLD.doc AND term IN (SELECT value FROM json_each(OLD.terms));
    INSERT OR IGNORE INTO case_terms SELECT value, NEW.doc FROM json_each(NEW.terms);
END;
CREATE TRIGGER case_terms_delete AFTER DELETE ON cases
BEGIN
    DELETE FROM case_terms WHERE doc = OLD.doc AND term IN (SELECT value FROM json_each(OLD.terms));
END;

-- One month of one member of a team.
CREATE TABLE attendance (
    doc         INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL,
    village     TEXT    NOT NULL,
    month       TEXT    NOT NULL,           -- YYYY-MM
    person      TEXT    NOT NULL,
    present     INTEGER NOT NULL,
    trip        INTEGER NOT NULL,
    training    INTEGER NOT NULL,
    leave_days  INTEGER NOT NULL,
    rest        INTEGER NOT NULL,
    asked       INTEGER NOT NULL,           -- requests for leave nobody has decided on
    confirmed   INTEGER                     -- days in the village, as the township confirmed them
) STRICT;
CREATE INDEX attendance_village ON attendance (village, month);

-- The measures of one plan for a household.
CREATE TABLE plans (
    doc         INTEGER PRIMARY KEY,
    household   TEXT    NOT NULL,
    unit        TEXT,
    measures    INTEGER NOT NULL,           -- that stand, and have not been given up
    done        INTEGER NOT NULL
) STRICT;
CREATE INDEX plans_household ON plans (household);
