//! Python format-string templates: parse, check, render; no I/O.
