-- Texts of a row as a person wrote them: the last correction of a row is how its texts should be.
CREATE TABLE corrections (
    sequence     BIGINT NOT NULL,
    row_id       VARCHAR NOT NULL,
    source_id    VARCHAR NOT NULL,  -- the source whose key encrypts the payload
    payload      BLOB NOT NULL,     -- encrypted JSON, as of examples
    replaced     VARCHAR NOT NULL,  -- digest of the texts that it takes the place of
    written      VARCHAR NOT NULL,  -- digest of its own texts
    author       VARCHAR NOT NULL,  -- who wrote it, as the person is called
    reason       VARCHAR NOT NULL,  -- a sentence of the person
    corrected_at VARCHAR NOT NULL
);
