-- SPDX-License-Identifier: GPL-3.0-or-later
-- What `devibench eval` measured. A cell is one condition of a run: who was
-- asked, about what kind of stream. A question without a row in its cell has no
-- answer (its call failed). Whether a reply refused or could not be read stands
-- in its call.

CREATE TABLE cell (
    id       INTEGER PRIMARY KEY,
    run      INTEGER NOT NULL REFERENCES run,
    idx      INTEGER NOT NULL,          -- place in the run's matrix
    model    INTEGER REFERENCES model,  -- NULL: no model is asked (constant letter)
    bitrate  INTEGER CHECK (bitrate > 0), -- bits per second asked for; NULL: the original
    strategy TEXT NOT NULL,             -- a baseline's name, where it is one
    baseline INTEGER NOT NULL CHECK (baseline IN (0, 1)),
    sampling TEXT NOT NULL CHECK (json_valid(sampling)),
    UNIQUE (run, idx)
) STRICT;

CREATE TABLE result (
    cell      INTEGER NOT NULL REFERENCES cell,
    question  INTEGER NOT NULL REFERENCES question,
    rendition INTEGER REFERENCES rendition, -- NULL: nothing was shown
    call      INTEGER REFERENCES call,      -- NULL: no model was asked
    judge     INTEGER REFERENCES call,      -- whose reply says why the answer is right or not
    answer    INTEGER CHECK (answer >= 0),  -- the option; NULL: none, or free words
    score     REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
    PRIMARY KEY (cell, question)
) STRICT, WITHOUT ROWID;
