-- What people said of a rule's word: the last row of a rule and example is how it stands.
CREATE TABLE rulings (
    sequence BIGINT NOT NULL,
    rule     VARCHAR NOT NULL,      -- stage.rule
    row_id   VARCHAR,               -- NULL: every row
    ruling   VARCHAR NOT NULL,      -- undone, restored or accepted
    reason   VARCHAR NOT NULL,      -- a sentence of the person
    ruled_at VARCHAR NOT NULL
);
