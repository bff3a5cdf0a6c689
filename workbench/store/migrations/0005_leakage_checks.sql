-- Versions never change, so that what a later check against an evaluation file found stands here.
-- The last row of a version and a file's content is how it stands.
CREATE TABLE leakage_checks (
    sequence    BIGINT NOT NULL,
    version     VARCHAR NOT NULL,
    file_name   VARCHAR NOT NULL,   -- as it was given; evaluation files may move
    file_sha256 VARCHAR NOT NULL,
    verdict     VARCHAR NOT NULL,   -- clean, suspect, leaking, or dismissed by a person
    summary     VARCHAR NOT NULL,   -- JSON: rows per tier; never a text
    reason      VARCHAR NOT NULL,   -- of the person who dismissed it; else empty
    checked_at  VARCHAR NOT NULL
);
