-- Tokens of programs: what each is for, what it may of what its owner may, and from where. Of every login: with what, and when it was last seen.
ALTER TABLE login ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE login ADD COLUMN scopes TEXT;
ALTER TABLE login ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE login ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE login ADD COLUMN used BIGINT;
