-- SPDX-License-Identifier: GPL-3.0-or-later
-- Imported question sets: questions in free words, questions whose video is not
-- there yet, and what a published set says beyond a clip and an answer.

-- A column that loses its NOT NULL needs a new table. The rows that point to it
-- are looked at when all is done.
PRAGMA defer_foreign_keys = ON;
CREATE TEMPORARY TABLE old_question AS SELECT * FROM question;
DELETE FROM question;
DROP TABLE question;

-- Natural key: the call that wrote it, its place in the reply, its content
-- (another program version or seed may read the same reply differently). Of an
-- imported one: its content, and how many equal ones came before it in its set.
CREATE TABLE question (
    id          INTEGER PRIMARY KEY,
    call        INTEGER REFERENCES call, -- NULL: imported
    idx         INTEGER NOT NULL,
    key         TEXT NOT NULL,           -- over video or source, clip, text, options, ...
    segment     INTEGER REFERENCES segment, -- NULL: its video has not been seen yet
    text        TEXT NOT NULL,
    options     TEXT NOT NULL CHECK (json_type(options) = 'array'),
    answer      INTEGER NOT NULL,
    reference   TEXT,                    -- the right answer in words, where there are no options
    task_type   TEXT NOT NULL,
    multi_frame INTEGER NOT NULL CHECK (multi_frame IN (0, 1)),
    origin      TEXT NOT NULL,
    source      TEXT,                    -- the video's name in the set; NULL: not imported
    start_ms    INTEGER CHECK (start_ms >= 0),
    length_ms   INTEGER CHECK (length_ms > 0),
    asked_ms    INTEGER CHECK (asked_ms >= 0), -- when it is asked
    due_ms      INTEGER CHECK (due_ms >= 0),   -- when its output is due
    ability     TEXT,
    series      TEXT,                    -- questions that build on each other
    series_idx  INTEGER,
    verbatim    TEXT CHECK (verbatim IS NULL OR json_valid(verbatim)),
    CHECK (segment IS NOT NULL OR source IS NOT NULL),
    CHECK (source IS NULL OR (start_ms IS NOT NULL AND length_ms IS NOT NULL))
) STRICT;

INSERT INTO question (id, call, idx, key, segment, text, options, answer, task_type, multi_frame,
                      origin)
    SELECT id, call, idx, key, segment, text, options, answer, task_type, multi_frame, origin
    FROM old_question;
DROP TABLE old_question;
CREATE UNIQUE INDEX question_natural ON question (coalesce(call, 0), idx, key);

-- Where a question stood in what a run imported: its place over all files, from
-- 0, the file's line, the table's row. NULL in other runs.
ALTER TABLE run_question ADD COLUMN position INTEGER;
ALTER TABLE run_question ADD COLUMN line INTEGER;
ALTER TABLE run_question ADD COLUMN row INTEGER;
