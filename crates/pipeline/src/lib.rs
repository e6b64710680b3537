//! Segment, render, stream, assemble, save: runs and their events.
