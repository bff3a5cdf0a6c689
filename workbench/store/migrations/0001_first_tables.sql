-- Everything is append-only: what stops being true gets a row that says so (source_events), and a
-- published version is the view that the decisions leave.

CREATE TABLE sources (
    source_id   VARCHAR NOT NULL,   -- digest of the file's bytes and of how it was read
    file_name   VARCHAR NOT NULL,
    file_sha256 VARCHAR NOT NULL,
    reading     VARCHAR NOT NULL,   -- JSON: format, encoding, column mapping
    imported_at VARCHAR NOT NULL,   -- UTC, ISO 8601
    n_rows      BIGINT NOT NULL,    -- data rows seen, good and bad
    PRIMARY KEY (source_id)
);

-- `retired`: a later import took its place. `restored`: back in force. `erased`: key destroyed.
CREATE TABLE source_events (
    source_id VARCHAR NOT NULL,
    event     VARCHAR NOT NULL,
    happened_at VARCHAR NOT NULL,
    detail    VARCHAR NOT NULL,
    sequence  BIGINT NOT NULL
);

-- The only rows that are ever deleted: without its key a source cannot be read any more.
CREATE TABLE source_keys (
    source_id   VARCHAR NOT NULL,
    wrapped_key BLOB NOT NULL,      -- AES-256-GCM under the home's key file
    PRIMARY KEY (source_id)
);

-- One row for each place where an example was seen. No primary key: its index would make an import
-- four times slower; the import itself keeps (example_id, source_id) unique under the store's lock.
CREATE TABLE examples (
    example_id VARCHAR NOT NULL,    -- 16 hex digits, from the content and its occurrence number
    source_id  VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,     -- 1-based data row of the file
    locator    VARCHAR NOT NULL,    -- place for people, such as `line 12`
    payload    BLOB NOT NULL        -- encrypted JSON: input, output, group
);

CREATE TABLE quarantine (
    source_id VARCHAR NOT NULL,
    line      BIGINT NOT NULL,      -- 1-based line of the file
    reason    VARCHAR NOT NULL,     -- stable short name, such as `broken_json`
    detail    VARCHAR NOT NULL,     -- a sentence without the row's text
    raw       BLOB NOT NULL         -- encrypted bytes of the row
);

CREATE TABLE decisions (
    version       VARCHAR NOT NULL,
    row_id        VARCHAR NOT NULL,
    stage         VARCHAR NOT NULL,
    rule          VARCHAR NOT NULL,
    action        VARCHAR NOT NULL, -- drop, edit or flag
    reason        VARCHAR NOT NULL, -- a sentence
    evidence      VARCHAR NOT NULL, -- JSON; never personal data
    config_digest VARCHAR NOT NULL
);

CREATE TABLE versions (
    digest     VARCHAR NOT NULL,
    kind       VARCHAR NOT NULL,    -- examples or pairs
    created_at VARCHAR NOT NULL,
    manifest   VARCHAR NOT NULL,    -- JSON
    PRIMARY KEY (digest)
);

-- Each time that a command published a version or found it published: the last one is `latest`.
CREATE TABLE publications (
    sequence BIGINT NOT NULL,
    digest   VARCHAR NOT NULL,
    kind     VARCHAR NOT NULL,
    published_at VARCHAR NOT NULL
);

CREATE TABLE version_rows (
    version    VARCHAR NOT NULL,
    row_id     VARCHAR NOT NULL,    -- example_id or pair_id
    example_id VARCHAR NOT NULL,
    split      VARCHAR NOT NULL,
    group_id   VARCHAR              -- NULL for pairs
);

CREATE TABLE runs (
    sequence    BIGINT NOT NULL,    -- the last row of a run is how it stands
    run_id      VARCHAR NOT NULL,
    kind        VARCHAR NOT NULL,
    status      VARCHAR NOT NULL,
    version     VARCHAR NOT NULL,
    record      VARCHAR NOT NULL,   -- JSON, as in the run's run.json
    recorded_at VARCHAR NOT NULL
);

CREATE TABLE lineage (
    child    VARCHAR NOT NULL,      -- such as `version:1f…`, `run:sft-…`
    parent   VARCHAR NOT NULL,
    relation VARCHAR NOT NULL       -- such as `made from`, `trained on`
);
