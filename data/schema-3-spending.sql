-- SPDX-License-Identifier: GPL-3.0-or-later
-- Tokens of a call, as the service counted them: of all attempts that were
-- billed, as cost_usd. Until here all services spoke OpenAI's format.

ALTER TABLE call ADD COLUMN tokens_in INTEGER NOT NULL DEFAULT 0;     -- with cached ones
ALTER TABLE call ADD COLUMN tokens_cached INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN tokens_out INTEGER NOT NULL DEFAULT 0;

-- Of the answer's tokens, as the service gave them, where the profile asks for them.
ALTER TABLE call ADD COLUMN logprobs TEXT CHECK (logprobs IS NULL OR json_valid(logprobs));

UPDATE call SET
    tokens_in = CAST(coalesce(json_extract(usage, '$.prompt_tokens'), 0) AS INTEGER),
    tokens_cached =
        CAST(coalesce(json_extract(usage, '$.prompt_tokens_details.cached_tokens'), 0) AS INTEGER),
    tokens_out = CAST(coalesce(json_extract(usage, '$.completion_tokens'), 0) AS INTEGER)
WHERE usage IS NOT NULL;
