//! The case report as HTML and JSON.
