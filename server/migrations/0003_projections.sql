-- Projections: what lists and counts are made from. Each row follows from one document and nothing else, so it can be
-- written in the transaction that changes the document and computed again from the log at any time. What belongs to
-- the document itself (its name, household, village) stays in `documents`; the views join it.

CREATE TABLE households (
    doc             INTEGER PRIMARY KEY,
    number          TEXT,
    group_no        INTEGER,
    householder     TEXT,
    register_state  TEXT,
    household_type  TEXT,
    monitoring_type TEXT,
    risk            TEXT,
    risk_level      INTEGER,
    risk_state      TEXT,
    allowance_class TEXT,
    phone           TEXT,
    members         INTEGER NOT NULL        -- without those who have left
) STRICT;
CREATE INDEX households_number ON households (number) WHERE number IS NOT NULL;

CREATE TABLE needs (
    doc             INTEGER PRIMARY KEY,
    unit            TEXT,
    category        TEXT,
    title           TEXT,
    state           TEXT    NOT NULL,
    urgency         TEXT    NOT NULL,
    raised_on       TEXT,
    due             TEXT,
    result_on       TEXT,
    closed_on       TEXT
) STRICT;
CREATE INDEX needs_unit ON needs (unit, state) WHERE unit IS NOT NULL;
CREATE INDEX needs_due ON needs (due) WHERE due IS NOT NULL AND state NOT IN ('solved', 'closed');

-- One journal: one household in one year. A corrected visit counts once.
CREATE TABLE visits (
    doc             INTEGER PRIMARY KEY,
    visits          INTEGER NOT NULL,
    last_on         TEXT
) STRICT;

CREATE VIEW household_overview AS
SELECT d.no AS doc, d.id, d.village, h.number, h.group_no, h.householder, h.register_state, h.household_type,
       h.monitoring_type, h.risk, h.risk_level, h.risk_state, h.allowance_class, h.phone, h.members,
       (SELECT max(v.last_on) FROM documents j JOIN visits v ON v.doc = j.no WHERE j.household = d.id) AS last_visit_on
FROM documents d JOIN households h ON h.doc = d.no;

-- Overdue is what is due before today and neither solved nor closed; the day is the reader's.
CREATE VIEW need_overview AS
SELECT d.no AS doc, d.id, d.household, d.village, n.unit, n.category, n.title, n.state, n.urgency, n.raised_on, n.due,
       n.result_on, n.closed_on, n.state NOT IN ('solved', 'closed') AS is_open
FROM documents d JOIN needs n ON n.doc = d.no;

CREATE VIEW visits_by_year AS
SELECT d.no AS doc, d.household, d.village, d.year, v.visits, v.last_on
FROM documents d JOIN visits v ON v.doc = d.no;
