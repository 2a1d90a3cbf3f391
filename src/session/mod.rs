//! The only module that spawns threads: reading, tracking, exporting, and the messages between them and a shell.
