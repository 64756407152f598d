//! Saved sessions on disk, and two of them compared.
