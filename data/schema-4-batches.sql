-- SPDX-License-Identifier: GPL-3.0-or-later
-- Questions that were handed to a service as one job, whose answers come later.

CREATE TABLE batch (
    id      INTEGER PRIMARY KEY,
    token   TEXT NOT NULL UNIQUE,       -- our name for it at the service
    model   INTEGER NOT NULL REFERENCES model,
    remote  TEXT,                       -- the service's id; NULL: not known
    status  TEXT NOT NULL CHECK (status IN ('sending', 'running', 'done', 'failed')),
    sent    INTEGER NOT NULL,           -- Unix time of the request that starts it
    total   INTEGER NOT NULL,           -- requests in it
    done    INTEGER NOT NULL,           -- of these, as the service last said
    failed  INTEGER NOT NULL,
    message TEXT                        -- the service's last word on it
) STRICT;

CREATE TABLE batch_item (
    batch        INTEGER NOT NULL REFERENCES batch,
    idx          INTEGER NOT NULL,
    request_hash TEXT NOT NULL,
    step         TEXT NOT NULL,
    prompt       INTEGER NOT NULL REFERENCES prompt,
    PRIMARY KEY (batch, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_item_hash ON batch_item (request_hash);
