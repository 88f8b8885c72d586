-- SPDX-License-Identifier: GPL-3.0-or-later
-- A workspace's database, version 1. Later versions are files of their own
-- (store/migrate.c). What is derived is not stored; every table but run has a
-- natural key, so each unit of work can be repeated safely.

CREATE TABLE video (
    id       INTEGER PRIMARY KEY,
    hash     TEXT NOT NULL UNIQUE,      -- SHA-256 of the file
    name     TEXT NOT NULL,
    path     TEXT NOT NULL,             -- as last seen
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    fps      REAL NOT NULL,
    duration REAL NOT NULL              -- seconds
) STRICT;

CREATE TABLE segment (
    id        INTEGER PRIMARY KEY,
    video     INTEGER NOT NULL REFERENCES video,
    start_ms  INTEGER NOT NULL CHECK (start_ms >= 0),
    length_ms INTEGER NOT NULL CHECK (length_ms > 0),
    UNIQUE (video, start_ms, length_ms)
) STRICT;

CREATE TABLE rendition (
    id           INTEGER PRIMARY KEY,
    segment      INTEGER NOT NULL REFERENCES segment,
    recipe_hash  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    recipe       TEXT NOT NULL CHECK (json_valid(recipe)),
    path         TEXT NOT NULL,         -- relative to the workspace
    hash         TEXT NOT NULL,         -- of the content
    n_frames     INTEGER NOT NULL,
    video        INTEGER NOT NULL CHECK (video IN (0, 1)),
    bitrate_kbps REAL NOT NULL,         -- 0: no video
    met          INTEGER NOT NULL CHECK (met IN (0, 1)),
    detail       TEXT CHECK (detail IS NULL OR json_valid(detail)),
    UNIQUE (segment, recipe_hash)
) STRICT;

-- Without secrets. A changed profile is another model.
CREATE TABLE model (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    profile TEXT NOT NULL CHECK (json_valid(profile)),
    UNIQUE (name, profile)
) STRICT;

CREATE TABLE prompt (
    id   INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,          -- SHA-256 of the text
    name TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- Every answer that was paid for. Only an error is ever replaced; where an answer
-- was asked for anew, the older one keeps its row under the name HASH.N.
CREATE TABLE call (
    id           INTEGER PRIMARY KEY,
    request_hash TEXT NOT NULL UNIQUE,
    model        INTEGER NOT NULL REFERENCES model,
    prompt       INTEGER REFERENCES prompt,
    step         TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('ok', 'error', 'refused', 'unparsed')),
    reply        TEXT,
    usage        TEXT CHECK (usage IS NULL OR json_valid(usage)),
    cost_usd     REAL NOT NULL,         -- of all attempts
    latency_s    REAL NOT NULL,         -- of the last attempt
    attempts     INTEGER NOT NULL
) STRICT;

-- Natural key: the call that wrote it, its place in the reply, its content
-- (another program version or seed may read the same reply differently).
CREATE TABLE question (
    id          INTEGER PRIMARY KEY,
    call        INTEGER REFERENCES call, -- NULL: imported
    idx         INTEGER NOT NULL,
    key         TEXT NOT NULL,           -- over video, segment, text and options
    segment     INTEGER NOT NULL REFERENCES segment,
    text        TEXT NOT NULL,
    options     TEXT NOT NULL CHECK (json_type(options) = 'array'),
    answer      INTEGER NOT NULL,
    task_type   TEXT NOT NULL,
    multi_frame INTEGER NOT NULL CHECK (multi_frame IN (0, 1)),
    origin      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX question_natural ON question (coalesce(call, 0), idx, key);

CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    command      TEXT NOT NULL,
    line         TEXT NOT NULL,
    versions     TEXT CHECK (versions IS NULL OR json_valid(versions)),
    seed         INTEGER NOT NULL,
    settings     TEXT CHECK (settings IS NULL OR json_valid(settings)),
    started      TEXT NOT NULL,         -- UTC, ISO 8601
    finished     TEXT                   -- NULL: running or killed
) STRICT;

CREATE TABLE run_question (
    run      INTEGER NOT NULL REFERENCES run,
    question INTEGER NOT NULL REFERENCES question,
    PRIMARY KEY (run, question)
) STRICT, WITHOUT ROWID;

-- Each run judges for itself, from the same calls where it asks the same:
-- another prompt, model or rendition does not change what an earlier run found.
CREATE TABLE verdict (
    run       INTEGER NOT NULL,
    question  INTEGER NOT NULL,
    step      TEXT NOT NULL,
    model     INTEGER NOT NULL REFERENCES model,
    call      INTEGER REFERENCES call,
    rendition INTEGER REFERENCES rendition,
    answer    INTEGER CHECK (answer >= 0), -- NULL: refused or unparsed
    correct   INTEGER NOT NULL CHECK (correct IN (0, 1)),
    PRIMARY KEY (run, question, step),
    FOREIGN KEY (run, question) REFERENCES run_question
) STRICT, WITHOUT ROWID;
