//! Text, Markdown and EPUB files into chapters; made for hostile input, no database.
