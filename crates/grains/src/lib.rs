//! Facts about this host, one collector a file; custom grains.
