//! Compiles SLS documents into a plan: documents, high, low, requisite graph; collects every problem with file and line.
