//! Annotated clips and tables: progress, cancel, temporary file then rename.
