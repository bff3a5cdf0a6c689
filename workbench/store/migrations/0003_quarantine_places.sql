-- Rows of workbooks, tables and documents have places that are no lines; and a quarantined row can
-- be mended. Nothing is deleted: the last fix of an entry says how it stands.

ALTER TABLE quarantine ADD COLUMN locator VARCHAR;      -- place for people, such as `line 12`
ALTER TABLE quarantine ADD COLUMN row_number BIGINT;    -- of the data row; one entry a row
-- Several rows of a JSON array may share a line, so that older entries are numbered anew.
UPDATE quarantine SET locator = 'line ' || line, row_number = rowid;

CREATE TABLE quarantine_fixes (
    entry_id  VARCHAR NOT NULL,     -- digest of source and row number
    source_id VARCHAR NOT NULL,
    outcome   VARCHAR NOT NULL,     -- mended (an example now) or still_bad
    reason    VARCHAR NOT NULL,     -- why it is still bad; else empty
    detail    VARCHAR NOT NULL,
    fixed_at  VARCHAR NOT NULL,
    sequence  BIGINT NOT NULL
);
