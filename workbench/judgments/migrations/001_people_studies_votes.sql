-- People and how they get in. Secrets are kept as hashes only.
CREATE TABLE people (
    person_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('lead', 'rater')),
    simulated BOOLEAN NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE invitations (
    token_hash TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('lead', 'rater')),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
);
CREATE TABLE logins (
    token_hash TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (person_id),
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    ended_at TEXT
);
-- A study is frozen when it is made: its answers, order seed and rubric never change.
CREATE TABLE studies (
    study_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    arms TEXT NOT NULL,
    split TEXT NOT NULL,
    rubric TEXT NOT NULL,
    seed INTEGER NOT NULL,
    answers_digest TEXT NOT NULL,
    sources TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
    created_at TEXT NOT NULL
);
CREATE TABLE answers (
    answer_id TEXT PRIMARY KEY,
    study_id TEXT NOT NULL REFERENCES studies (study_id),
    example_id TEXT NOT NULL,
    arm TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE comparisons (
    comparison_id TEXT PRIMARY KEY,
    study_id TEXT NOT NULL REFERENCES studies (study_id),
    position INTEGER NOT NULL,
    example_id TEXT NOT NULL,
    prompt TEXT NOT NULL,
    first_answer TEXT NOT NULL REFERENCES answers (answer_id),
    second_answer TEXT NOT NULL REFERENCES answers (answer_id),
    first_goes_left BOOLEAN NOT NULL,
    identical BOOLEAN NOT NULL,
    UNIQUE (study_id, position)
);
CREATE TABLE raters (
    study_id TEXT NOT NULL REFERENCES studies (study_id),
    person_id TEXT NOT NULL REFERENCES people (person_id),
    number INTEGER NOT NULL,
    PRIMARY KEY (study_id, person_id),
    UNIQUE (study_id, number)
);
CREATE TABLE assignments (
    assignment_id TEXT PRIMARY KEY,
    comparison_id TEXT NOT NULL REFERENCES comparisons (comparison_id),
    person_id TEXT NOT NULL REFERENCES people (person_id),
    left_answer TEXT NOT NULL REFERENCES answers (answer_id),
    right_answer TEXT NOT NULL REFERENCES answers (answer_id),
    shown_at TEXT NOT NULL,
    revealed_at TEXT,
    UNIQUE (comparison_id, person_id)
);
CREATE TABLE drafts (
    assignment_id TEXT PRIMARY KEY REFERENCES assignments (assignment_id),
    scores TEXT NOT NULL,
    saved_at TEXT NOT NULL
);
-- Votes are never changed: a person who thinks again adds one that supersedes the last.
CREATE TABLE votes (
    vote_id TEXT PRIMARY KEY,
    assignment_id TEXT NOT NULL REFERENCES assignments (assignment_id),
    choice TEXT NOT NULL CHECK (choice IN ('left', 'right', 'both_usable', 'both_unusable')),
    supersedes TEXT UNIQUE REFERENCES votes (vote_id),
    idempotency_key TEXT NOT NULL UNIQUE,
    cast_at TEXT NOT NULL
);
CREATE UNIQUE INDEX one_first_vote ON votes (assignment_id) WHERE supersedes IS NULL;
CREATE TABLE scores (
    vote_id TEXT NOT NULL REFERENCES votes (vote_id),
    criterion TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('left', 'right')),
    score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 10),
    PRIMARY KEY (vote_id, criterion, side)
);
CREATE INDEX comparisons_by_study ON comparisons (study_id);
CREATE INDEX assignments_by_person ON assignments (person_id);
CREATE INDEX votes_by_assignment ON votes (assignment_id)
