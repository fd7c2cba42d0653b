//! File environments (folders, git): list, hash, read, by saltenv.
