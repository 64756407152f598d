//! The proper commands from here to the end of a send or of a visit to a mailbox, each with its reason; what of them is
//! changed, left out, repeated.
