-- What people said of single sentences; the last label of a sentence counts. A sentence is text of
-- the user's files: sealed with the key of its row's source, so that it goes with that source.
CREATE TABLE sentence_labels (
    sequence    BIGINT NOT NULL,
    sentence_id VARCHAR NOT NULL,   -- keyed digest of the sentence without case and spacing
    row_id      VARCHAR NOT NULL,   -- the example that holds it
    source_id   VARCHAR NOT NULL,
    sealed      BLOB NOT NULL,      -- the encrypted sentence
    label       VARCHAR NOT NULL,   -- chatter, keep, or withdrawn
    author      VARCHAR NOT NULL,   -- who said so; may be empty
    origin      VARCHAR NOT NULL,   -- argilla, ruling or file
    labelled_at VARCHAR NOT NULL
);
