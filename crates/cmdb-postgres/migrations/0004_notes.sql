-- Notes of returns: a JSON list, NULL for none.
ALTER TABLE job_return ADD COLUMN notes TEXT;
