-- What the rules changed in a row, span by span. The before-side is text of the user's files: sealed
-- with the key of the row's source, so that it goes with that source. Versions share what is equal.
CREATE TABLE edits (
    edits_id  VARCHAR NOT NULL,     -- keyed digest of row, source and content
    source_id VARCHAR NOT NULL,
    sealed    BLOB NOT NULL         -- encrypted JSON: each stage with its edits, in their order
);

CREATE TABLE version_edits (
    version  VARCHAR NOT NULL,
    row_id   VARCHAR NOT NULL,
    edits_id VARCHAR NOT NULL
);
